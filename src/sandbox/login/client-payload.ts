/**
 * Handles the ClientPayload with which a client ends the handshake. The client either registers, to be paired, or logs in
 * as a device. A login names a number and a device; the static Noise key of the handshake proves it. A device has one
 * socket: a second login closes the first with `conflict replaced`.
 */
import type { proto } from "@whiskeysockets/baileys"
import type { ArmedFaults } from "../faults/armed-faults.ts"
import { ENDING_KINDS, SOCKET_FAULT_KINDS } from "../faults/fault.ts"
import { disturbSocket } from "../faults/socket-faults.ts"
import type { Delivery } from "../routing/delivery.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Counters } from "../state/counters.ts"
import type { Device } from "../state/device.ts"
import { lidJid } from "../state/jid.ts"
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import { element, SERVER, unixSeconds } from "../wire/stanza.ts"
import type { Registrations } from "./registrations.ts"
import { versionOf, type WebVersions } from "./web-versions.ts"

/** What logins and registrations need. */
export interface LoginParts {
  readonly accounts: Accounts
  readonly connections: Connections
  readonly registrations: Registrations
  readonly versions: WebVersions
  readonly delivery: Delivery
  readonly faults: ArmedFaults
  readonly counters: Counters
}

/** Handles the payload. */
export function handleClientPayload(parts: LoginParts, connection: Connection, payload: proto.ClientPayload): void {
  const { devicePairingData } = payload
  if (!parts.versions.mayLogIn(versionOf(payload))) {
    connection.closeWith(element("failure", { reason: "405", location: "sandbox" }))
    return
  }
  if (devicePairingData === null || devicePairingData === undefined) {
    logIn(parts, connection, payload)
    return
  }
  triggerSocketFault(parts.faults, connection, undefined)
  if (!connection.closing) parts.registrations.register(connection, payload)
}

function logIn(parts: LoginParts, connection: Connection, payload: proto.ClientPayload): void {
  const { accounts, connections, faults, counters } = parts
  const device = deviceOfPayload(accounts, connection, payload)
  if (device === undefined) {
    connection.closeWith(element("failure", { reason: "401", location: "sandbox" }))
    return
  }
  if (device.account.airplane === true) {
    connection.terminate()
    return
  }
  connection.device = device
  const others = connections.of(device).filter((other) => other !== connection)
  // A client cannot know that its frozen socket is dead, so a second login beside one is not an error.
  const alive = others.filter((other) => !other.frozen)
  counters.socketsAtOnce = Math.max(counters.socketsAtOnce, alive.length + 1)
  for (const other of others) {
    if (other.frozen) other.terminate()
    else other.closeWith(element("stream:error", {}, [element("conflict", { type: "replaced" })]))
    parts.delivery.detach(device, other)
  }
  triggerSocketFault(faults, connection, device.account.number)
  if (connection.closing) return
  counters.logins++
  const now = unixSeconds()
  const lid = lidJid(device.account, device.id)
  connection.push(element("success", { t: now, props: "27", lid, creation: now, display_name: device.account.name }))
  // Clients store this and send it before the handshake of their next connection.
  const routing = element("routing_info", {}, Buffer.from([0x08, device.id & 0x7f]))
  connection.push(element("ib", { from: SERVER }, [element("edge_routing", {}, [routing])]))
}

/** Triggers a socket fault that waits for the next login; one that ends the connection before `mute` and `freeze`. */
function triggerSocketFault(faults: ArmedFaults, connection: Connection, number: string | undefined): void {
  const fault = faults.triggerAny(ENDING_KINDS, number) ?? faults.triggerAny(SOCKET_FAULT_KINDS, number)
  if (fault === undefined) return
  disturbSocket(connection, fault)
  if (fault.forMs !== undefined) connection.resumeAfter(fault.forMs)
}

function deviceOfPayload(accounts: Accounts, connection: Connection, payload: proto.ClientPayload): Device | undefined {
  const account = accounts.find(String(payload.username ?? ""))
  const device = account === undefined ? undefined : accounts.device(account, payload.device ?? 0)
  if (device?.noiseKey === undefined) return undefined
  return Buffer.from(device.noiseKey).equals(connection.noise.clientStaticKey) ? device : undefined
}
