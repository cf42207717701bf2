/**
 * Queries of a companion about its link (xmlns md): linking by code and by passkey, before login, and the client's logout.
 */
import { answerLinkQuery } from "../login/answer-link-queries.ts"
import type { CompletionParts } from "../login/complete-pairing.ts"
import { IqRefusal } from "../request-errors.ts"
import type { IqRegistry } from "./registry.ts"

/** Registers the handler of md, before and after login. */
export function registerMultiDeviceQueries(registry: IqRegistry, parts: CompletionParts): void {
  registry.onAnonymous("md", ({ connection, device, first, answer }) => {
    if (first.tag === "remove-companion-device") {
      if (device === undefined) throw new IqRefusal("401", "not-authorized")
      answer()
      parts.linking.unlink(device)
      return true
    }
    const content = answerLinkQuery(parts, connection, first)
    if (content === undefined) return false
    if (content !== "silence") answer(content)
    return true
  })
}
