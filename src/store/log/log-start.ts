/** Where the log begins: at position 1, or behind what was dropped (trimming.ts). */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import { type LogStart, type StreamStart, StreamsHash, wholeLog } from "../../events/log-start.ts"
import { Database } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import { HistoryTrimmed, type StoreUnavailable } from "../errors.ts"
import { insertInto } from "../projections/projection.ts"
import type { Tables } from "../tables.ts"

export const readLogStart = async (db: Kysely<Tables>): Promise<LogStart> => {
  const row = await db.selectFrom("log_start").select(["position", "hash", "recorded_at"]).executeTakeFirst()
  return row ? { position: row.position, hash: row.hash, recordedAt: row.recorded_at } : wholeLog
}

/**
 * The position behind which somebody reads who asked for what is behind `after`; 0 is wherever the log begins, also while rows
 * from before are still there. Fails where he wants to go on before that: he would miss what was dropped, and not know.
 */
export const readableAfter = (after: number): Effect.Effect<number, HistoryTrimmed | StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const { position } = yield* query(readLogStart)
    if (after !== 0 && after < position) return yield* new HistoryTrimmed({ start: position + 1 })
    return Math.max(after, position)
  })

/** The hash at a position; undefined where nothing stands. */
export const readHashAt = (db: Kysely<Tables>, position: number): Promise<{ readonly hash: Uint8Array } | undefined> =>
  db.selectFrom("event_log").select("hash").where("position", "=", position).executeTakeFirst()

export const readStreamStart = (db: Kysely<Tables>, stream: string): Promise<StreamStart | undefined> =>
  db.selectFrom("stream_start").selectAll().where("stream", "=", stream).executeTakeFirst()

/** A page of them in the order of their names, behind `after`. */
export const readStreamStarts = (db: Kysely<Tables>, after: string, limit: number): Promise<readonly StreamStart[]> =>
  db.selectFrom("stream_start").selectAll().where("stream", ">", after).orderBy("stream").limit(limit).execute()

const PAGE = 1_000

/** All of them; none where the log is whole. */
export const streamStarts: Effect.Effect<readonly StreamStart[], StoreUnavailable, Database> = Effect.gen(function* () {
  const { query } = yield* Database
  const starts: StreamStart[] = []
  for (;;) {
    const page = yield* query((db) => readStreamStarts(db, starts.at(-1)?.stream ?? "", PAGE))
    starts.push(...page)
    if (page.length < PAGE) return starts
  }
})

/** In the order that is hashed: that of their bytes. */
export const inOrder = (streams: readonly StreamStart[]): readonly StreamStart[] =>
  streams.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))

export const hashStreams = (streams: readonly StreamStart[]): string => {
  const all = new StreamsHash()
  for (const stream of inOrder(streams)) all.add(stream)
  return all.hex
}

/** Puts these in the place of what was there. */
export const writeLogStart = (start: LogStart, streams: readonly StreamStart[]): readonly Statement[] => [
  { sql: "DELETE FROM log_start", parameters: [] },
  { sql: "DELETE FROM stream_start", parameters: [] },
  insertInto("log_start", { id: 1, position: start.position, hash: start.hash, recorded_at: start.recordedAt }),
  ...streams.map(({ stream, version, hash, position, state }) =>
    insertInto("stream_start", { stream, version, hash, position, state })
  )
]
