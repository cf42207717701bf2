/** Finds the position in the log for a time, without reading the events in between. */
import { Effect } from "effect"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readLogStart } from "./log-start.ts"

/**
 * The last position recorded at or before this time. For a time before everything that is left, the last position that was trimmed.
 * Times never decrease along positions.
 */
export const positionAt = (timeMs: number): Effect.Effect<number, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const { position: end } = yield* query((db) =>
      db.selectFrom("log_head").select("position").executeTakeFirstOrThrow()
    )
    const start = yield* query(readLogStart)
    let low = start.position
    for (let high = end; low < high; ) {
      const middle = Math.ceil((low + high) / 2)
      const row = yield* query((db) =>
        db.selectFrom("event_log").select("recorded_at").where("position", "=", middle).executeTakeFirst()
      )
      if (row && row.recorded_at <= timeMs) low = middle
      else high = middle - 1
    }
    return low
  })
