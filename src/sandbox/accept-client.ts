/**
 * Receives the WebSockets that come through the gate: gives each a connection, and sends what its client says to whoever
 * deals with it.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { WebSocket } from "ws"
import { takeClientStanza } from "./routing/client-stanzas.ts"
import { Connection } from "./wire/connection.ts"
import type { Engine } from "./network-parts.ts"
import type { IqRegistry } from "./iq/registry.ts"
import { takePayload } from "./login/client-payload.ts"

const TOO_MANY = 503

/** The status with which the upgrade that is asked for now is refused; undefined to let it in. */
export function refusalOf({ faults, connections, settings }: Engine): number | undefined {
  const fault = faults.strike("upgrade")
  if (fault !== undefined) return fault.code
  if (connections.size < settings.connectionsMax) return undefined
  settings.log(`sandbox: ${settings.connectionsMax} connections are open; another is refused`)
  return TOO_MANY
}

/** Takes a new WebSocket in. */
export function receive(engine: Engine, iqs: IqRegistry, socket: WebSocket): void {
  const { connections, counters, settings, noise } = engine
  counters.connections++
  const connection = new Connection({
    socket,
    noise,
    counters,
    backlogBytesMax: settings.socketBacklogBytesMax,
    log: settings.log,
    latencyMs: (number) => latencyMs(engine, number),
    events: {
      onPayload: (from, payload) => takePayload(engine, from, payload),
      onStanza: (from, stanza) => takeStanza(engine, iqs, from, stanza),
      onClose: (from) => dismiss(engine, from)
    }
  })
  connections.add(connection)
}

async function takeStanza(engine: Engine, iqs: IqRegistry, connection: Connection, stanza: BinaryNode): Promise<void> {
  if (stanza.tag === "iq") await iqs.take(connection, stanza)
  else if (connection.device !== undefined)
    takeClientStanza({ ...engine, log: engine.settings.log }, connection, connection.device, stanza)
}

function dismiss({ connections, registrations, delivery, presence }: Engine, connection: Connection): void {
  connections.remove(connection)
  registrations.forget(connection)
  const { device } = connection
  if (device === undefined) return
  delivery.detach(device, connection)
  presence.forget(device.account)
}

function latencyMs({ faults, random }: Engine, number: string | undefined): number {
  const fault = faults.armed("latency", number)
  return fault === undefined ? 0 : fault.ms + random() * (fault.jitterMs ?? 0)
}
