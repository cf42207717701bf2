/**
 * Drops the beginning of the log, including envelopes. Keeps LOG-5, LOG-6 and LOG-8.
 *
 * It works in two steps. One transaction moves the log's start, stores the state of each stream there, and records `log.trimmed`. From
 * then on no reader sees the events before it. Afterwards the rows are deleted in pieces, oldest first; after an interruption the next
 * call deletes the rest. The rows of read models for those events are deleted with them.
 *
 * The caller has verified the log up to the new start and folded the devices (application/trimming.ts).
 */
import { Clock, Effect, Schema } from "effect"
import { type Origin, toHex } from "../../events/envelope.ts"
import { LogTrimmed } from "../../events/erasure.ts"
import type { LogStart, StreamStart, Trimming } from "../../events/log-start.ts"
import { RETENTION_STREAM } from "../../events/streams.ts"
import { Database } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import { erasable, scrub } from "./erasure.ts"
import { type DuplicateKey, type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import { hashStreams, readLogStart, writeLogStart } from "../log/log-start.ts"
import type { MediaFolder } from "../media/media-folder.ts"
import { removeUnreferenced } from "../media/media-references.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import { type ErasableEvent, forgetDevice, forgetInline, isErasable } from "../projections/registry.ts"
import { farthestBehind, refuseWhereUnread } from "../subscriptions/checkpoint.ts"
import type { AuditKey } from "../audit/signed-head.ts"

export interface Ended {
  readonly streams: readonly StreamStart[]
  /** The numbers of devices that have no event left. */
  readonly gone: readonly number[]
  readonly key: AuditKey
  readonly origin: Origin
}

/** Rejection: a subscription has not read the events that were to be dropped. Nothing was dropped. */
export class StillUnread extends Schema.TaggedError<StillUnread>()("StillUnread", {
  subscription: Schema.String,
  position: Schema.Int
}) {
  override get message(): string {
    return `nothing was dropped: the subscription ${this.subscription} has read only up to position ${this.position}`
  }
}

/** Makes `start` the log's start. Fails with StillUnread if a subscription has not read everything up to there. */
export const recordStart = (
  start: LogStart,
  { streams, gone, key, origin }: Ended
): Effect.Effect<Trimming, StillUnread | StoreUnavailable, Database | EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { position, recordedAt } = start
    const unsigned = { position, hash: toHex(start.hash), recordedAt, streamsHash: hashStreams(streams) }
    const data = key.signStart(unsigned, yield* Clock.currentTimeMillis)
    const append = {
      stream: RETENTION_STREAM,
      device: null,
      expected: "any" as const,
      events: [{ type: LogTrimmed.type, data }],
      origin
    }
    const statements = [refuseWhereUnread(position), ...writeLogStart(start, streams), ...gone.flatMap(forgetDevice)]
    yield* log.commit({ appends: [append], statements }).pipe(
      Effect.catchTag("DuplicateKey", (failure) => unreadOr(position, failure)),
      Effect.catchTag(["DuplicateKey", "StreamConflict"], (failure) => Effect.fail(storeUnavailable(failure)))
    )
    log.drop(position)
    return data
  })

/** The subscription that refused the unit; if there is none, the failure itself. */
const unreadOr = (position: number, failure: DuplicateKey) =>
  Effect.gen(function* () {
    const behind = yield* farthestBehind
    if (behind === undefined || behind.position >= position) return yield* failure
    return yield* new StillUnread({ subscription: behind.name, position: behind.position })
  })

export interface Trimmable {
  /** The last position that can be dropped; the log's current start if nothing can. */
  readonly upTo: number
  /** A sentence about what needs earlier events; null if nothing does. */
  readonly heldBy: string | null
}

/**
 * How much can be dropped so that every event from `position` on is kept: everything before it; or less, if a message is still being
 * sent or a subscription has not read that far.
 */
export const trimmableBefore = (position: number): Effect.Effect<Trimmable, StoreUnavailable, Database> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const oldest = yield* query((db) =>
      db
        .selectFrom("outbox")
        .select((eb) => eb.fn.min("position").as("position"))
        .executeTakeFirst()
    )
    const behind = yield* farthestBehind
    const limits = [
      { upTo: position - 1, heldBy: null },
      ...(oldest?.position == null
        ? []
        : [{ upTo: oldest.position - 1, heldBy: `a message is still being sent (position ${oldest.position})` }]),
      ...(behind === undefined
        ? []
        : [
            {
              upTo: behind.position,
              heldBy: `the subscription ${behind.name} has read only up to position ${behind.position}`
            }
          ])
    ]
    const limit = limits.reduce((nearest, each) => (each.upTo < nearest.upTo ? each : nearest))
    const start = yield* query(readLogStart)
    return { upTo: Math.max(start.position, limit.upTo), heldBy: limit.heldBy }
  })

/** The ids of the device's erased messages, in order. */
export const erasedMessagesOf = (device: number): Effect.Effect<readonly string[], StoreUnavailable, Database> =>
  Effect.flatMap(Database, ({ query }) =>
    Effect.map(
      query((db) =>
        db
          .selectFrom("erased_message")
          .select("message_id")
          .where("device", "=", device)
          .orderBy("message_id")
          .execute()
      ),
      (rows) => rows.map((row) => row.message_id)
    )
  )

/** The most events in one transaction, and the most statements: one batch of the phone's history needs many. */
const PIECE = 250
const STATEMENTS_MAX = 1_000

/** Deletes the rows of events before the log's start. Returns the number of positions. */
export const dropBeforeStart = (
  progress: (position: number, end: number) => void = () => {}
): Effect.Effect<number, StoreUnavailable, Database | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const { position: end } = yield* query(readLogStart)
    const first = yield* query((db) =>
      db.selectFrom("event_log").select("position").where("position", "<=", end).orderBy("position").limit(1).execute()
    )
    const from = first[0]?.position ?? end + 1
    for (let next = from; next <= end; yield* yieldToEventLoop) {
      next = yield* dropPiece(next, end)
      progress(next - 1, end)
    }
    yield* scrub
    return Math.max(0, end + 1 - from)
  })

/** Drops one piece from `first` on. Returns the first position that is left. */
const dropPiece = (first: number, end: number) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const page = yield* log.readAll({ after: first - 1, upTo: end, limit: PIECE })
    const events: ErasableEvent[] = []
    const statements: Statement[] = []
    let last = end
    for (const recorded of page) {
      if (statements.length > STATEMENTS_MAX) break
      last = recorded.position
      for (const { event } of isErasable(recorded) ? erasable(recorded) : []) {
        events.push(event)
        statements.push(...forgetInline(recorded, event))
      }
    }
    for (const table of ["event_payload", "event_log", "webhook_answer"]) {
      const sql = `DELETE FROM ${table} WHERE position >= ? AND position <= ?`
      statements.push({ sql, parameters: [first, last] })
    }
    yield* log.commit({ statements }).pipe(Effect.mapError(storeUnavailable))
    yield* removeUnreferenced(events)
    return last + 1
  })
