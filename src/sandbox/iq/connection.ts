/**
 * Queries about the connection itself: pings, telemetry, dirty bits, server properties, and the switch from passive to
 * active (login/activation.ts).
 */
import { activate, type ActivationParts } from "../login/activation.ts"
import { element } from "../wire/stanza.ts"
import type { AnonymousIqRequest, IqRegistry } from "./registry.ts"

/** Registers the handlers of w:p, w:stats, dirty bits, passive and abt. */
export function registerConnectionQueries(registry: IqRegistry, parts: ActivationParts): void {
  for (const xmlns of ["w:p", "w:stats", "urn:xmpp:whatsapp:dirty"]) registry.onAnonymous(xmlns, acknowledge)
  registry.on("passive", ({ connection, device, first, answer }) => {
    answer()
    if (first.tag === "active") activate(parts, connection, device)
    return true
  })
  registry.on("abt", ({ answer }) => {
    answer([element("props", { protocol: "1", hash: "sandbox", refresh: "86400", refresh_id: "1" }, [])])
    return true
  })
}

function acknowledge({ answer }: AnonymousIqRequest): boolean {
  answer()
  return true
}
