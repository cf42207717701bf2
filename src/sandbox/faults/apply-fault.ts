/**
 * Carries out an order for a fault: applies it to the sockets that are open, or arms it for what comes later.
 */
import type { Accounts } from "../state/accounts.ts"
import type { Counters } from "../state/counters.ts"
import type { Device } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import type { Connections } from "../wire/connections.ts"
import type { ArmedFaults } from "./armed-faults.ts"
import { type Fault, SOCKET_FAULT_KINDS, type SocketFault } from "./fault.ts"
import { disturbSocket } from "./socket-faults.ts"

/** What an order can affect. */
export interface FaultTargets {
  readonly accounts: Accounts
  readonly connections: Connections
  readonly faults: ArmedFaults
  /** Removes a companion for good (login/linking.ts). */
  readonly linking: { unlink(device: Device): void }
  readonly counters: Counters
}

/**
 * Carries out an order. A fault of a socket affects every open socket that it aims at. It stays armed for later logins
 * when it has a duration, or when no such socket was open. A socket that is frozen or mute for `forMs` resumes after it.
 */
export function applyFault(targets: FaultTargets, fault: Fault): void {
  if (fault.kind === "logged_out") removeCompanions(targets, fault.number)
  else if (isSocketFault(fault)) disturbSockets(targets, fault)
  else targets.faults.arm(fault)
}

/** Ends every fault: disarms those that are armed, and resumes frozen and mute sockets. */
export function clearFaults(connections: Connections, faults: ArmedFaults): void {
  faults.clear()
  for (const connection of connections.all()) connection.resume()
}

function disturbSockets({ connections, counters, faults }: FaultTargets, fault: Fault & SocketFault): void {
  const sockets = connections
    .all()
    .filter(({ closing }) => !closing)
    .filter(({ device }) => fault.number === undefined || device?.account.number === fault.number)
  for (const connection of sockets) {
    disturbSocket(connection, fault)
    counters.faults++
  }
  if (fault.forMs !== undefined) scheduleResume(fault, sockets, fault.forMs)
  const lasts = fault.forMs !== undefined || fault.untilCleared === true
  if (lasts || sockets.length === 0) faults.arm(fault)
}

function scheduleResume(fault: SocketFault, sockets: Connection[], forMs: number): void {
  if (fault.kind !== "freeze" && fault.kind !== "mute") return
  for (const connection of sockets) connection.resumeAfter(forMs)
}

function removeCompanions({ accounts, linking, counters }: FaultTargets, number: string | undefined): void {
  for (const account of accounts.all()) {
    if (account.kind !== "phone" || (number !== undefined && account.number !== number)) continue
    for (const companion of accounts.companions(account)) {
      linking.unlink(companion)
      counters.faults++
    }
  }
}

function isSocketFault(fault: Fault): fault is Fault & SocketFault {
  return SOCKET_FAULT_KINDS.some((kind) => kind === fault.kind)
}
