/**
 * The times of the log as a search reads them.
 *
 * Times never decrease along positions, until an operator corrects a clock that was ahead (`clock.corrected`). An event before a correction
 * cannot have been recorded after it, so its time counts as the correction's at the latest. Times read in this way never decrease.
 */
import type { Kysely } from "kysely"
import { ClockCorrected } from "../../events/clock.ts"
import type { Tables } from "../tables.ts"

export interface Recorded {
  readonly position: number
  /** Epoch milliseconds. */
  readonly recordedAt: number
}

/** Returns when an event was recorded at the latest. */
export type TimeOf = (event: Recorded) => number

/** Reads the corrections, which are few, by the index of types. */
export const readTimes = async (db: Kysely<Tables>): Promise<TimeOf> => {
  const corrections = await db
    .selectFrom("event_log")
    .select(["position", "recorded_at as recordedAt"])
    .where("type", "=", ClockCorrected.type)
    .orderBy("position")
    .execute()
  return ({ position, recordedAt }) =>
    corrections.reduce(
      (time, correction) => (correction.position > position ? Math.min(time, correction.recordedAt) : time),
      recordedAt
    )
}
