/** What routes run with: the services of the use cases, and those of HTTP. */
import { Effect, type ManagedRuntime } from "effect"
import type { DeviceDirectory, DeviceHost } from "../actors/directory.ts"
import type { Verifier } from "../application/audit.ts"
import type { Backups } from "../application/backups.ts"
import type { BulkWake } from "../application/bulk/wake.ts"
import type { CatchUps } from "../application/catch-ups.ts"
import type { ErasureLine } from "../application/erasure.ts"
import type { HostedLinks } from "../application/hosted-links.ts"
import type { KeysInUse } from "../application/idempotency.ts"
import type { Limits } from "../application/limits.ts"
import type { PairingCodes } from "../application/pairing.ts"
import type { RetentionRules } from "../application/retention-rules.ts"
import type { Tickets } from "../application/tickets.ts"
import type { TokenUse } from "../application/token-use.ts"
import type { TokenWatch } from "../application/token-watch.ts"
import type { TestReceiver } from "../application/test-receiver.ts"
import type { Vitals } from "../application/vitals.ts"
import type { WebhookSender } from "../application/webhook-sender.ts"
import type { Outbound } from "../outbound/outbound.ts"
import type { SandboxControl } from "../outbound/sandbox-control.ts"
import type { Accounts } from "../store/accounts.ts"
import type { BulkSends } from "../store/bulk/bulk-sends.ts"
import type { CommandLog } from "../store/command-log.ts"
import type { Database } from "../store/database.ts"
import type { Devices } from "../store/devices.ts"
import type { Erasure } from "../store/erasure/erasure.ts"
import type { EventLog } from "../store/log/event-log.ts"
import type { LogReader } from "../store/log/log-reader.ts"
import type { MediaFolder } from "../store/media/media-folder.ts"
import type { Messages } from "../store/messages.ts"
import type { Refusals } from "../store/refusals.ts"
import type { Roster } from "../store/roster/roster.ts"
import type { Secrets } from "../store/secrets/secrets.ts"
import type { Tokens } from "../store/tokens.ts"
import type { Deliveries } from "../store/webhook/deliveries.ts"
import type { WebVersions } from "../store/web-version.ts"
import type { Webhooks } from "../store/webhook/webhooks.ts"
import type { Tellings } from "../webhooks/telling.ts"
import type { ReceivedFiles } from "../whatsapp/received-files.ts"
import { Authentication } from "./authenticate.ts"
import type { OpenStreams } from "./feeds/open-streams.ts"

/** The services that a route can use. */
export type Services = UseCaseServices | Authentication

/** The services that a use case can use. */
export type UseCaseServices =
  | Accounts
  | Backups
  | BulkSends
  | BulkWake
  | CatchUps
  | CommandLog
  | Database
  | Deliveries
  | DeviceDirectory
  | DeviceHost
  | Devices
  | Erasure
  | ErasureLine
  | EventLog
  | HostedLinks
  | KeysInUse
  | Limits
  | LogReader
  | MediaFolder
  | Messages
  | OpenStreams
  | Outbound
  | PairingCodes
  | ReceivedFiles
  | Refusals
  | RetentionRules
  | Roster
  | SandboxControl
  | Secrets
  | Tellings
  | TestReceiver
  | Tickets
  | TokenUse
  | Tokens
  | TokenWatch
  | Verifier
  | Vitals
  | WebVersions
  | Webhooks
  | WebhookSender

/** Runs an effect. Rejects with its typed failure, or with the defect. Aborting the signal interrupts the effect. */
export type Run = <A, E>(effect: Effect.Effect<A, E, Services>, signal?: AbortSignal) => Promise<A>

export const makeRun =
  (runtime: ManagedRuntime.ManagedRuntime<UseCaseServices, unknown>, authentication: Authentication["Service"]): Run =>
  (effect, signal) =>
    runtime.runPromise(Effect.provideService(effect, Authentication, authentication), signal && { signal })
