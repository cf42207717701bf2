/**
 * What each fault of a socket does to it. The DisconnectReason that Baileys makes of each stands in docs/SANDBOX.md.
 */
import type { Connection } from "../wire/connection.ts"
import type { SocketFault } from "./armed-faults.ts"
import { element, SERVER } from "../wire/stanza.ts"

/** The kinds of fault that strike a socket. */
export const SOCKET_FAULT_KINDS = [
  "stream",
  "failure",
  "replaced",
  "stream_end",
  "terminate",
  "close",
  "freeze",
  "mute",
  "downgrade"
] as const satisfies readonly SocketFault["kind"][]

/** Those of them after which it is closed. */
export const ENDING_KINDS = SOCKET_FAULT_KINDS.filter((kind) => kind !== "mute" && kind !== "freeze")

/** Strikes one socket. */
export function strikeSocket(connection: Connection, fault: SocketFault): void {
  switch (fault.kind) {
    case "stream":
      connection.goodbye(element("stream:error", { code: fault.code?.toString() }))
      break
    case "failure":
      connection.goodbye(
        element("failure", { reason: String(fault.code), location: "sandbox", expire: fault.expire?.toString() })
      )
      break
    case "replaced":
      connection.goodbye(element("stream:error", {}, [element("conflict", { type: "replaced" })]))
      break
    case "stream_end":
      connection.goodbye(element("xmlstreamend"))
      break
    case "downgrade":
      connection.goodbye(element("ib", { from: SERVER }, [element("downgrade_webclient")]))
      break
    case "terminate":
      connection.terminate()
      break
    case "close":
      connection.close()
      break
    case "freeze":
      connection.freeze()
      break
    case "mute":
      connection.mute()
      break
  }
}
