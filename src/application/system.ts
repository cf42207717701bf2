/** Tells whether the gateway works: for load balancers and dashboards. */
import { Effect } from "effect"
import { Database } from "../store/database.ts"
import { Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { BUILT_WITH, versionText, WebVersions } from "../store/web-version.ts"
import { Limits } from "./limits.ts"

/** Whether the store can be read. */
const isStoreUp: Effect.Effect<boolean, never, Database> = Effect.flatMap(Database, ({ dialect }) =>
  Effect.promise(() =>
    dialect.ping().then(
      () => true,
      () => false
    )
  )
)

/** How long a store may take to say whether it can be written to. */
const WRITABLE_MAX_MS = 2_000

/** `degraded`: the store can be read, and not written to. */
export type Health = "ok" | "degraded" | "error"

export const health: Effect.Effect<Health, never, Database | EventLog> = Effect.gen(function* () {
  if (!(yield* isStoreUp)) return "error"
  const log = yield* EventLog
  return yield* log.writable.pipe(
    Effect.timeoutOrElse({ duration: WRITABLE_MAX_MS, orElse: () => Effect.fail("not in time") }),
    Effect.as("ok" as const),
    Effect.orElseSucceed(() => "degraded" as const)
  )
})

/** The version of WhatsApp Web that the gateway names. */
export const webVersion: Effect.Effect<string, StoreUnavailable, Limits | WebVersions> = Effect.gen(function* () {
  const { version: fixed } = yield* Limits
  const versions = yield* WebVersions
  const kept = yield* versions.read
  return versionText(fixed ?? Math.max(kept?.revision ?? 0, BUILT_WITH.revision))
})

/** The number of connected devices; 0 while the store does not respond. */
export const countConnected: Effect.Effect<number, never, Devices> = Effect.flatMap(
  Devices,
  (devices) => devices.countConnected
).pipe(Effect.orElseSucceed(() => 0))
