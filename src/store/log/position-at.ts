/** Where in the log a time is; found without reading what lies between. */
import { Effect } from "effect"
import { Database } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readLogStart } from "./log-start.ts"

/**
 * The last position that was recorded at this time or before it; before all that is left, the last that was dropped. Times never
 * go back along positions.
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
