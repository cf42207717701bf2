/**
 * Accepts clients: decides whether an upgrade is refused, makes a connection of each WebSocket, and passes what its
 * client sends to login/, iq/ or routing/.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { WebSocket } from "ws"
import type { IqRegistry } from "./iq/registry.ts"
import { handleClientPayload } from "./login/client-payload.ts"
import type { NetworkParts } from "./network-parts.ts"
import { handleClientStanza } from "./routing/client-stanzas.ts"
import { Connection } from "./wire/connection.ts"

const SERVICE_UNAVAILABLE = 503

/** The HTTP status with which to refuse the next upgrade; undefined to accept it. */
export function upgradeRefusal({ faults, connections, settings }: NetworkParts): number | undefined {
  const fault = faults.trigger("upgrade")
  if (fault !== undefined) return fault.code
  if (connections.size < settings.connectionsMax) return undefined
  settings.log(`sandbox: ${settings.connectionsMax} connections are open (connectionsMax); another is refused`)
  return SERVICE_UNAVAILABLE
}

/** Makes a connection of a new WebSocket. */
export function acceptSocket(parts: NetworkParts, iqs: IqRegistry, socket: WebSocket): void {
  const { connections, counters, settings, noise } = parts
  counters.connections++
  const connection = new Connection({
    socket,
    noise,
    counters,
    backlogBytesMax: settings.socketBacklogBytesMax,
    log: settings.log,
    latencyMs: (number) => latencyMs(parts, number),
    events: {
      onPayload: (from, payload) => handleClientPayload(parts, from, payload),
      onStanza: (from, stanza) => handleStanza(parts, iqs, from, stanza),
      onClose: (from) => removeConnection(parts, from)
    }
  })
  connections.add(connection)
}

async function handleStanza(
  parts: NetworkParts,
  iqs: IqRegistry,
  connection: Connection,
  stanza: BinaryNode
): Promise<void> {
  if (connection.device === undefined) parts.notices.hear(connection, stanza)
  if (stanza.tag === "iq") await iqs.handle(connection, stanza)
  else if (connection.device !== undefined)
    handleClientStanza({ ...parts, log: parts.settings.log }, connection, connection.device, stanza)
}

function removeConnection(
  { connections, registrations, delivery, presence }: NetworkParts,
  connection: Connection
): void {
  connections.remove(connection)
  registrations.remove(connection)
  const { device } = connection
  if (device === undefined) return
  delivery.detach(device, connection)
  presence.disconnected(device.account)
}

function latencyMs({ faults, random }: NetworkParts, number: string | undefined): number {
  const fault = faults.peek("latency", number)
  return fault === undefined ? 0 : fault.ms + random() * (fault.jitterMs ?? 0)
}
