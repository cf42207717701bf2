/** What routes are given: the services to run effects with, the settings that concern them, and who asks. */
import type { Effect, ManagedRuntime } from "effect"
import type { FastifyRequest } from "fastify"
import type { DeviceDirectory } from "../actors/directory.ts"
import type { Origin } from "../events/envelope.ts"
import type { Accounts } from "../store/accounts.ts"
import type { CommandLog } from "../store/command-log.ts"
import type { Database } from "../store/database.ts"
import type { Devices } from "../store/devices.ts"
import type { Erasure } from "../store/erasure/erasure.ts"
import type { EventLog } from "../store/log/event-log.ts"
import type { LogReader } from "../store/log/log-reader.ts"
import type { MediaFolder } from "../store/media/media-folder.ts"
import type { Messages } from "../store/messages.ts"
import type { ReceivedFiles } from "../whatsapp/received-files.ts"
import type { Principal } from "./access/accounts.ts"
import type { AttemptLimiter } from "./access/attempt-limiter.ts"
import type { Authentication } from "./access/authentication.ts"
import type { TokenWatch } from "./access/token-watch.ts"
import type { KeysInUse } from "./idempotency.ts"

export type Services =
  | Accounts
  | CommandLog
  | Database
  | DeviceDirectory
  | Devices
  | Erasure
  | EventLog
  | LogReader
  | MediaFolder
  | Messages
  | ReceivedFiles
  | TokenWatch

export interface HttpSettings {
  readonly dataDirectory: string
  readonly host: string
  readonly trustProxy: boolean | number | string
  readonly isRegistrationOpen: boolean
  readonly devicesPerUserMax: number
  readonly newDevicesPerDayMax: number
  readonly streamsPerUserMax: number
  readonly pairingCodesPerHourMax: number
  readonly attachmentBytesMax: number
  readonly sendAckTimeoutMs: number
  readonly rateLimitMax: number
  readonly rateLimitWindowMs: number
  readonly failedLoginsMax: number
  readonly wrongTokensMax: number
}

/** Runs an effect for a route; rejects with its typed error, or with the defect. */
export type Run = <A, E>(effect: Effect.Effect<A, E, Services>) => Promise<A>

export interface HttpContext {
  readonly run: Run
  readonly settings: HttpSettings
  readonly authentication: Authentication
  readonly keysInUse: KeysInUse
  /** Idempotency keys that were claimed within a day, by scope. */
  readonly newKeys: AttemptLimiter
  /** This release, for those who ask for the system's state. */
  readonly version: string
}

export const makeRun =
  (runtime: ManagedRuntime.ManagedRuntime<Services, unknown>): Run =>
  (effect) =>
    runtime.runPromise(effect)

/** The envelope's word for who asked. */
export const whoIs = (principal: Principal): string =>
  principal.kind === "operator" ? "operator" : `user:${principal.account.number_id}`

/** The origin of events that a request causes. */
export const originOf = (request: FastifyRequest, principal: Principal | "anybody"): Origin => ({
  who: principal === "anybody" ? "anybody" : whoIs(principal),
  commandId: request.id,
  causation: null,
  correlation: request.id
})
