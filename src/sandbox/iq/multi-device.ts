/**
 * Queries of a companion about its link (xmlns md): pairing by code, before login, and the client's logout.
 */
import type { Linking } from "../login/linking.ts"
import { answerCompanionHello, handleCompanionFinish } from "../login/pairing-code.ts"
import type { Registrations } from "../login/registrations.ts"
import { type IqRegistry, IqRefusal } from "./registry.ts"

/** Registers the handler of md, before and after login. */
export function registerMultiDeviceQueries(registry: IqRegistry, registrations: Registrations, linking: Linking): void {
  registry.onAnonymous("md", async ({ connection, device, first, answer }) => {
    if (first.tag === "remove-companion-device") {
      if (device === undefined) throw new IqRefusal("401", "not-authorized")
      answer()
      linking.unlink(device)
      return true
    }
    if (first.tag !== "link_code_companion_reg") return false
    if (first.attrs["stage"] === "companion_hello") {
      answer([answerCompanionHello(registrations, connection, first)])
      return true
    }
    if (first.attrs["stage"] !== "companion_finish") return false
    await handleCompanionFinish(registrations, connection, first)
    answer()
    return true
  })
}
