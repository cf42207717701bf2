/**
 * A client opens a connection: it either registers, to be paired, or logs in as a device. A login names a number and a
 * device and is proved by the static Noise key of the handshake. One device has one socket: a second login ends the
 * first with `conflict replaced`.
 *
 * After `<success>` a client is passive: it gets nothing until its `<iq xmlns=passive><active/>`. Then comes what waited,
 * marked `offline`, then `<ib><offline count>`, upon which it opens (socket.js CB:success, CB:ib,,offline).
 */
import type { BinaryNode, proto } from "@whiskeysockets/baileys"
import { lidJid } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import type { Delivery } from "../routing/delivery.ts"
import type { Faults } from "../faults/armed-faults.ts"
import type { Registrations } from "./registrations.ts"
import type { PresenceRouter } from "../routing/presence.ts"
import { ENDING_KINDS, SOCKET_FAULT_KINDS, strikeSocket } from "../faults/socket-faults.ts"
import { element, SERVER, unixSeconds } from "../wire/stanza.ts"
import type { Counters } from "../state/counters.ts"
import type { Device, World } from "../state/accounts.ts"

/** What logins and registrations work with. */
export interface LoginParts {
  readonly world: World
  readonly connections: Connections
  readonly registrations: Registrations
  readonly delivery: Delivery
  readonly presence: PresenceRouter
  readonly faults: Faults
  readonly counters: Counters
}

/** Takes the payload that ends the handshake. */
export function takePayload(parts: LoginParts, connection: Connection, payload: proto.ClientPayload): void {
  const { devicePairingData } = payload
  if (devicePairingData === null || devicePairingData === undefined) {
    logIn(parts, connection, payload)
    return
  }
  strikeNewcomer(parts.faults, connection, undefined)
  if (!connection.ending) parts.registrations.register(connection, devicePairingData)
}

/** The client asks for its stanzas: what waited goes out, then it takes part in everything. */
export function goActive(parts: LoginParts, connection: Connection, device: Device): void {
  const waiting = parts.delivery.attach(device, connection)
  if (waiting.length > 0)
    connection.push(element("ib", { from: SERVER }, [offlinePreview(waiting.map(([, stanza]) => stanza))]))
  for (const [index, [, stanza]] of waiting.entries())
    connection.push({ ...stanza, attrs: { ...stanza.attrs, offline: String(index) } })
  connection.push(element("ib", { from: SERVER }, [element("offline", { count: String(waiting.length) })]))
  const typing = parts.presence.missedTyping(device)
  if (typing !== undefined) connection.push(typing)
}

function logIn(parts: LoginParts, connection: Connection, payload: proto.ClientPayload): void {
  const { world, connections, faults, counters } = parts
  const device = deviceOfPayload(world, connection, payload)
  if (device === undefined) {
    connection.goodbye(element("failure", { reason: "401", location: "sandbox" }))
    return
  }
  connection.device = device
  const others = connections.of(device).filter((other) => other !== connection)
  // A frozen socket cannot be known to be dead, so it is nobody's mistake.
  const alive = others.filter((other) => !other.frozen)
  counters.socketsAtOnce = Math.max(counters.socketsAtOnce, alive.length + 1)
  for (const other of others) {
    if (other.frozen) other.terminate()
    else other.goodbye(element("stream:error", {}, [element("conflict", { type: "replaced" })]))
    parts.delivery.detach(device, other)
  }
  strikeNewcomer(faults, connection, device.account.number)
  if (connection.ending) return
  counters.logins++
  const now = unixSeconds()
  const lid = lidJid(device.account, device.id)
  connection.push(element("success", { t: now, props: "27", lid, creation: now, display_name: device.account.name }))
  // Clients keep this and put it before the handshake of their next connection.
  const routing = element("routing_info", {}, Buffer.from([0x08, device.id & 0x7f]))
  connection.push(element("ib", { from: SERVER }, [element("edge_routing", {}, [routing])]))
}

/** Strikes with the fault that waits for whoever comes next: with one that ends connections before one that silences them. */
function strikeNewcomer(faults: Faults, connection: Connection, number: string | undefined): void {
  const fault = faults.strikeAny(ENDING_KINDS, number) ?? faults.strikeAny(SOCKET_FAULT_KINDS, number)
  if (fault === undefined) return
  strikeSocket(connection, fault)
  if (fault.forMs !== undefined) connection.thawAfter(fault.forMs)
}

function deviceOfPayload(world: World, connection: Connection, payload: proto.ClientPayload): Device | undefined {
  const account = world.account(String(payload.username ?? ""))
  const device = account === undefined ? undefined : world.device(account, payload.device ?? 0)
  if (device?.noiseKey === undefined) return undefined
  return Buffer.from(device.noiseKey).equals(connection.noise.clientStaticKey) ? device : undefined
}

function offlinePreview(waiting: BinaryNode[]): BinaryNode {
  const count = (tag: string): string => String(waiting.filter((stanza) => stanza.tag === tag).length)
  return element("offline_preview", {
    count: String(waiting.length),
    message: count("message"),
    receipt: count("receipt"),
    notification: count("notification"),
    appdata: "0"
  })
}
