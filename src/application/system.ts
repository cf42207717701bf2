/** Tells whether the gateway works: for load balancers and dashboards. */
import { Effect } from "effect"
import { Database } from "../store/database.ts"
import { Devices } from "../store/devices.ts"

/** Whether the store responds. */
export const isStoreUp: Effect.Effect<boolean, never, Database> = Effect.flatMap(Database, ({ dialect }) =>
  Effect.promise(() =>
    dialect.ping().then(
      () => true,
      () => false
    )
  )
)

/** The number of connected devices; 0 while the store does not respond. */
export const countConnected: Effect.Effect<number, never, Devices> = Effect.flatMap(
  Devices,
  (devices) => devices.countConnected
).pipe(Effect.orElseSucceed(() => 0))
