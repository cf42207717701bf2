/** Reads the log in bounded pages. Needs no writer, so a command can read the store of a running gateway. */
import { Context, Effect, Layer } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { LogStart, StreamStart } from "../../events/log-start.ts"
import { Database } from "../database.ts"
import type { Head } from "../dialect/dialect.ts"
import type { StoreUnavailable } from "../errors.ts"
import {
  type NewestRequest,
  type PageRequest,
  readAll,
  readDeviceNewest,
  readPosition,
  readStream,
  readStreamVersion
} from "./event-log-queries.ts"
import { readTimes, type TimeOf } from "./corrections.ts"
import { readLogStart, readStreamStart } from "./log-start.ts"

export interface LogReaderShape {
  /** One page in order of position. */
  readonly readAll: (request: PageRequest) => Effect.Effect<readonly RecordedEvent[], StoreUnavailable>
  /** One page of a device's events, the newest first. */
  readonly readDeviceNewest: (request: NewestRequest) => Effect.Effect<readonly RecordedEvent[], StoreUnavailable>
  /** One page of a stream after version `after`. */
  readonly readStream: (
    stream: string,
    after: number,
    limit: number
  ) => Effect.Effect<readonly RecordedEvent[], StoreUnavailable>
  /** The version of the stream's last event; 0 if it has none. */
  readonly streamVersion: (stream: string) => Effect.Effect<number, StoreUnavailable>
  readonly readPosition: (position: number) => Effect.Effect<RecordedEvent | undefined, StoreUnavailable>
  /** How searches by time read the times of events. */
  readonly times: Effect.Effect<TimeOf, StoreUnavailable>
  readonly head: Effect.Effect<Head, StoreUnavailable>
  readonly start: Effect.Effect<LogStart, StoreUnavailable>
  /** The state of a stream whose events were trimmed; undefined if none were. */
  readonly streamStart: (stream: string) => Effect.Effect<StreamStart | undefined, StoreUnavailable>
}

export class LogReader extends Context.Service<LogReader, LogReaderShape>()("bitacora/store/LogReader") {
  static readonly layer = Layer.effect(
    LogReader,
    Effect.gen(function* () {
      const { query } = yield* Database
      return LogReader.of({
        readAll: (request) => query((db) => readAll(db, request)),
        readDeviceNewest: (request) => query((db) => readDeviceNewest(db, request)),
        readStream: (stream, after, limit) => query((db) => readStream(db, stream, after, limit)),
        streamVersion: (stream) => query((db) => readStreamVersion(db, stream)),
        readPosition: (position) => query((db) => readPosition(db, position)),
        times: query(readTimes),
        start: query(readLogStart),
        streamStart: (stream) => query((db) => readStreamStart(db, stream)),
        head: query(async (db) => {
          const row = await db.selectFrom("log_head").selectAll().executeTakeFirstOrThrow()
          return { position: row.position, hash: row.hash, recordedAt: row.recorded_at }
        })
      })
    })
  )
}
