/** Finds the position in the log for a time, without reading the events in between. */
import { Effect } from "effect"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readTimes } from "./corrections.ts"
import { readLogStart } from "./log-start.ts"

/**
 * The last position recorded at or before this time. For a time before everything that is left, the last position that was trimmed.
 * Times never decrease along positions, as corrections.ts reads them.
 */
export const positionAt = (timeMs: number): Effect.Effect<number, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const { position: end } = yield* query((db) =>
      db.selectFrom("log_head").select("position").executeTakeFirstOrThrow()
    )
    const start = yield* query(readLogStart)
    const timeOf = yield* query(readTimes)
    let low = start.position
    for (let high = end; low < high; ) {
      const middle = Math.ceil((low + high) / 2)
      const row = yield* query((db) =>
        db.selectFrom("event_log").select("recorded_at").where("position", "=", middle).executeTakeFirst()
      )
      if (row && timeOf({ position: middle, recordedAt: row.recorded_at }) <= timeMs) low = middle
      else high = middle - 1
    }
    return low
  })
