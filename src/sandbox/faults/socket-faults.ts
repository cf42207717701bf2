/**
 * What each fault of a socket does to the socket. docs/SANDBOX.md says which DisconnectReason Baileys makes of each.
 */
import type { Connection } from "../wire/connection.ts"
import { element, SERVER } from "../wire/stanza.ts"
import type { SocketFault } from "./fault.ts"

/** Applies a fault to one socket. */
export function disturbSocket(connection: Connection, fault: SocketFault): void {
  switch (fault.kind) {
    case "stream":
      connection.closeWith(element("stream:error", { code: fault.code?.toString() }))
      break
    case "failure":
      connection.closeWith(
        element("failure", { reason: String(fault.code), location: "sandbox", expire: fault.expire?.toString() })
      )
      break
    case "replaced":
      connection.closeWith(element("stream:error", {}, [element("conflict", { type: "replaced" })]))
      break
    case "stream_end":
      connection.closeWith(element("xmlstreamend"))
      break
    case "downgrade":
      connection.closeWith(element("ib", { from: SERVER }, [element("downgrade_webclient")]))
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
