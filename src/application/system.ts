/** Whether the gateway works: for load balancers and dashboards. */
import { Effect } from "effect"
import { Database } from "../store/database.ts"
import { Devices } from "../store/devices.ts"

/** Whether the store answers. */
export const isStoreUp: Effect.Effect<boolean, never, Database> = Effect.flatMap(Database, ({ dialect }) =>
  Effect.promise(() =>
    dialect.ping().then(
      () => true,
      () => false
    )
  )
)

/** How many devices are connected; 0 while the store does not answer. */
export const countConnected: Effect.Effect<number, never, Devices> = Effect.flatMap(
  Devices,
  (devices) => devices.countConnected
).pipe(Effect.orElseSucceed(() => 0))
