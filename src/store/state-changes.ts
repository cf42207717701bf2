/** When a device changed its state: the events of its stream whose states differ. */
import { Effect } from "effect"
import { type Kysely, sql } from "kysely"
import { deviceStream } from "../events/streams.ts"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"

export interface StateChange {
  readonly position: number
  readonly type: string
  readonly state: string
  /** Epoch milliseconds. */
  readonly at: number
}

export interface StateChanges {
  /** Oldest first. The first one may be before the time asked for: it says in which state the time began. */
  readonly changes: readonly StateChange[]
  /** False when there were more than the limit, of which the oldest are left out. */
  readonly isComplete: boolean
}

export interface ChangesWanted {
  /** Epoch milliseconds, both included. */
  readonly from: number
  readonly to: number
  readonly limit: number
}

/** Newest first, with the one before `from`. Goes back along the stream, so it reads no more than it returns and what is newer. */
export const changesQuery = (db: Kysely<Tables>, stream: string, { to, limit }: Omit<ChangesWanted, "from">) =>
  db
    .selectFrom("event_log")
    .select(["position", "type", "to_state", "recorded_at"])
    .where("stream", "=", stream)
    .where("recorded_at", "<=", to)
    .where(sql<boolean>`(from_state IS NULL OR from_state <> to_state)`)
    .orderBy("version", "desc")
    .limit(limit)

export const readStateChanges = (
  deviceId: string,
  { from, to, limit }: ChangesWanted
): Effect.Effect<StateChanges, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const rows = yield* query((db) => changesQuery(db, deviceStream(deviceId), { to, limit: limit + 1 }).execute())
    const firstBefore = rows.findIndex((row) => row.recorded_at < from)
    const wanted = firstBefore === -1 ? rows.slice(0, limit) : rows.slice(0, Math.min(firstBefore + 1, limit))
    const changes = wanted.map(({ position, type, to_state, recorded_at }) => ({
      position,
      type,
      state: to_state ?? "NONE",
      at: recorded_at
    }))
    return {
      changes: changes.toReversed(),
      isComplete: wanted.length === rows.length || (firstBefore !== -1 && firstBefore < limit)
    }
  })
