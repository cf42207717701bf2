/** Sessions: the operator's own devices, by the names that clients of the Multi-Session API gave them. */
import { Effect } from "effect"
import type { Origin } from "../events/envelope.ts"
import { Devices, OPERATOR } from "../store/devices.ts"
import { findSession, reaches } from "./device-access.ts"
import { viewDevice } from "./device-view.ts"
import { addAndConnect, type DeviceOrder, orderDevice } from "./devices.ts"
import type { RequestKey } from "./idempotency.ts"
import type { Operator } from "./principal.ts"

/** A list of sessions has no pages. */
const SESSIONS_MAX = 10_000

/** Adds the session if there is none of this name, and connects it if it is at rest (NONE or ERROR). */
export const startSession = (principal: Operator, sessionId: string, origin: Origin, key?: RequestKey) =>
  addAndConnect(principal, { number: null, sessionId, name: null }, origin, key)

export const viewSession = (principal: Operator, sessionId: string) =>
  Effect.flatMap(findSession(principal, sessionId), viewDevice)

/** The sessions that the credential reaches, oldest first. */
export const listSessions = (principal: Operator) =>
  Effect.gen(function* () {
    const devices = yield* Devices
    const found = yield* devices.list(OPERATOR, 0, SESSIONS_MAX)
    const sessions = found.filter((device) => device.sessionId !== null && reaches(principal, device))
    return yield* Effect.forEach(sessions, viewDevice)
  })

/** The states of a session, as clients see them. */
export const SESSION_STATES = ["NONE", "INIT", "QR", "LOADING", "CONNECTED", "RECONNECTING", "ERROR"] as const
export type SessionState = (typeof SESSION_STATES)[number]

/** The number of sessions in each state; 0 while the store does not respond. */
export const countSessions: Effect.Effect<Readonly<Record<SessionState, number>>, never, Devices> = Effect.gen(
  function* () {
    const devices = yield* Devices
    const counts = yield* devices.countSessions(OPERATOR).pipe(Effect.orElseSucceed(() => new Map<string, number>()))
    const entries = SESSION_STATES.map((state) => [state, counts.get(state) ?? 0] as const)
    return Object.fromEntries(entries) as Record<SessionState, number>
  }
)

/** Carries out an order and returns the session after it. */
export const orderSession = (
  principal: Operator,
  sessionId: string,
  order: DeviceOrder,
  origin: Origin,
  key?: RequestKey
) => Effect.flatMap(findSession(principal, sessionId), ({ id }) => orderDevice(principal, id, order, origin, key))
