/**
 * Carrying out an order for a fault: at once on what is there, or armed for what comes.
 */
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import type { Fault, Faults, SocketFault } from "./armed-faults.ts"
import type { Linking } from "../login/linking.ts"
import { SOCKET_FAULT_KINDS, strikeSocket } from "./socket-faults.ts"
import type { Counters } from "../state/counters.ts"
import type { World } from "../state/accounts.ts"

/** What an order can reach. */
export interface FaultOrderParts {
  readonly world: World
  readonly connections: Connections
  readonly faults: Faults
  readonly linking: Linking
  readonly counters: Counters
}

/**
 * Carries out an order. A fault of a socket strikes every open socket it aims at; it stays armed for later logins when
 * it has a duration, or when there was no socket to strike. A socket that freezes or falls mute for a time comes back
 * to life after it.
 */
export function applyFault(parts: FaultOrderParts, fault: Fault): void {
  if (fault.kind === "logged_out") removeCompanions(parts, fault.number)
  else if (isSocketFault(fault)) strikeSockets(parts, fault)
  else parts.faults.arm(fault)
}

/** Ends every fault: disarms what is armed, and brings frozen and mute sockets back to life. */
export function clearFaults(connections: Connections, faults: Faults): void {
  faults.clear()
  for (const connection of connections.all()) connection.thaw()
}

function strikeSockets(parts: FaultOrderParts, fault: Fault & SocketFault): void {
  const targets = parts.connections
    .all()
    .filter(({ ending }) => !ending)
    .filter(({ device }) => fault.number === undefined || device?.account.number === fault.number)
  for (const connection of targets) {
    strikeSocket(connection, fault)
    parts.counters.faults++
  }
  if (fault.forMs !== undefined) scheduleThaw(fault, targets, fault.forMs)
  const lasts = fault.forMs !== undefined || fault.untilCleared === true
  if (lasts || targets.length === 0) parts.faults.arm(fault)
}

function scheduleThaw(fault: SocketFault, targets: Connection[], forMs: number): void {
  if (fault.kind !== "freeze" && fault.kind !== "mute") return
  for (const connection of targets) connection.thawAfter(forMs)
}

function removeCompanions({ world, linking, counters }: FaultOrderParts, number: string | undefined): void {
  for (const account of world.accounts()) {
    if (account.kind !== "phone" || (number !== undefined && account.number !== number)) continue
    for (const device of world.devices(account)) {
      if (device.id === 0) continue
      linking.unlink(device)
      counters.faults++
    }
  }
}

function isSocketFault(fault: Fault): fault is Fault & SocketFault {
  return SOCKET_FAULT_KINDS.some((kind) => kind === fault.kind)
}
