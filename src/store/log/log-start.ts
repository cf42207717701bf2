/** Where the log begins: at position 1, or after the events that a trimming dropped (trimming.ts). */
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
 * The position to read after when the client asked for events after `after`. 0 means the beginning of the log, wherever that is, even
 * while rows before it still exist. Fails with HistoryTrimmed for a position before the log's start, because the client would miss
 * events without noticing.
 */
export const readableAfter = (after: number): Effect.Effect<number, HistoryTrimmed | StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const { position } = yield* query(readLogStart)
    if (after !== 0 && after < position) return yield* new HistoryTrimmed({ start: position + 1 })
    return Math.max(after, position)
  })

/** The hash at a position; undefined if there is no event. */
export const readHashAt = (db: Kysely<Tables>, position: number): Promise<{ readonly hash: Uint8Array } | undefined> =>
  db.selectFrom("event_log").select("hash").where("position", "=", position).executeTakeFirst()

export const readStreamStart = (db: Kysely<Tables>, stream: string): Promise<StreamStart | undefined> =>
  db.selectFrom("stream_start").selectAll().where("stream", "=", stream).executeTakeFirst()

/** A page in the order of their names, after the name `after`. */
export const readStreamStarts = (db: Kysely<Tables>, after: string, limit: number): Promise<readonly StreamStart[]> =>
  db.selectFrom("stream_start").selectAll().where("stream", ">", after).orderBy("stream").limit(limit).execute()

const PAGE = 1_000

/** All stream starts; none if the log was never trimmed. */
export const streamStarts: Effect.Effect<readonly StreamStart[], StoreUnavailable, Database> = Effect.gen(function* () {
  const { query } = yield* Database
  const starts: StreamStart[] = []
  for (;;) {
    const page = yield* query((db) => readStreamStarts(db, starts.at(-1)?.stream ?? "", PAGE))
    starts.push(...page)
    if (page.length < PAGE) return starts
  }
})

/** In the order in which they are hashed: by the bytes of their names. */
export const inOrder = (streams: readonly StreamStart[]): readonly StreamStart[] =>
  streams.toSorted((a, b) => (a.stream < b.stream ? -1 : 1))

export const hashStreams = (streams: readonly StreamStart[]): string => {
  const all = new StreamsHash()
  for (const stream of inOrder(streams)) all.add(stream)
  return all.hex
}

/** Replaces the log's start. */
export const writeLogStart = (start: LogStart, streams: readonly StreamStart[]): readonly Statement[] => [
  { sql: "DELETE FROM log_start", parameters: [] },
  { sql: "DELETE FROM stream_start", parameters: [] },
  insertInto("log_start", { id: 1, position: start.position, hash: start.hash, recorded_at: start.recordedAt }),
  ...streams.map(({ stream, version, hash, position, state }) =>
    insertInto("stream_start", { stream, version, hash, position, state })
  )
]
