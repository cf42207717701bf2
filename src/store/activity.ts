/** How many messages devices had in each of the last hours. */
import { Effect } from "effect"
import { type Kysely, sql } from "kysely"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"
import { yieldToEventLoop } from "./yield-to-event-loop.ts"

const HOUR_MS = 3_600_000

/**
 * By device number: counts by hour since `from`, epoch milliseconds at a full hour; the oldest first. Devices without a message are left
 * out. Reads the index of the messages since then, and no message.
 */
export const messagesByHour = (
  devices: readonly number[],
  { from, hours }: { readonly from: number; readonly hours: number }
): Effect.Effect<ReadonlyMap<number, readonly number[]>, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const counts = new Map<number, number[]>()
    for (const device of devices) {
      for (const fromMe of [0, 1]) {
        const rows = yield* query((db) => hoursQuery(db, device, fromMe, from).execute())
        for (const { hour, count } of rows) {
          const at = Math.floor((hour - from) / HOUR_MS)
          // A sender's clock may be ahead of this one.
          if (at >= hours) continue
          const byHour = counts.get(device) ?? Array.from({ length: hours }, () => 0)
          byHour[at] = (byHour[at] ?? 0) + count
          counts.set(device, byHour)
        }
      }
      // The embedded store reads on this thread.
      yield* yieldToEventLoop
    }
    return counts
  })

/** Exported for the test of its plan. */
export const hoursQuery = (db: Kysely<Tables>, device: number, fromMe: number, from: number) =>
  db
    .selectFrom("roster_message")
    .select((is) => [sql<number>`sent_at - sent_at % ${HOUR_MS}`.as("hour"), is.fn.countAll<number>().as("count")])
    .where("device", "=", device)
    .where("from_me", "=", fromMe)
    .where("sent_at", ">=", from)
    .groupBy("hour")
