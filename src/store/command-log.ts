/**
 * Idempotency keys: which command a key belongs to, and what the command created. Keeps OUT-2 and OUT-3.
 *
 * The row is written in the transaction of the command's events, so a crash cannot separate a key from its effect. The row holds no
 * content: the request as a keyed hash, and the created thing by its id. A row is kept for a day.
 */
import { Clock, Context, Effect, Layer } from "effect"
import { answerInTime } from "./answer-in-time.ts"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import { type DuplicateKey, type StoreUnavailable, storeUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"
import { type Assignments, deleteFrom, insertInto } from "./projections/projection.ts"

/** Identifies a command, so that a repeat is recognised. Plain data: it travels with the command. */
export interface CommandKey {
  /** The client that owns the key, at most 80 characters. Keys of two clients never collide. */
  readonly scope: string
  /** 1 to 255 ASCII characters. */
  readonly key: string
  /** HMAC-SHA-256 of the request (idempotency.ts). */
  readonly fingerprint: Uint8Array
  /** When the key is deleted: a day later (`expiry`), or together with the outcome if the client is waiting for it (`heard`). */
  readonly until: "expiry" | "heard"
}

/** What a claimed key belongs to. */
export interface KnownCommand {
  readonly fingerprint: Uint8Array
  /** The id of what the command created or changed. */
  readonly subject: string
  /** False when the command found an existing thing instead of creating one. */
  readonly isNew: boolean
  /** Epoch milliseconds. */
  readonly recordedAt: number
}

export interface CommandLogShape {
  readonly find: (key: CommandKey) => Effect.Effect<KnownCommand | undefined, StoreUnavailable>
  /** Claims the key of a command that changed nothing because it found an existing thing. */
  readonly claimFound: (key: CommandKey, subject: string) => Effect.Effect<void, StoreUnavailable | DuplicateKey>
  /** Deletes the key. */
  readonly release: (key: CommandKey) => Effect.Effect<void, StoreUnavailable>
  /** Deletes rows older than `beforeMs` in batches, so that other writes run in between. */
  readonly purge: (beforeMs: number) => Effect.Effect<void, StoreUnavailable>
}

const TABLE = "command_log"
/** The value of `status` for a command that found an existing thing. Other rows hold null, or 201 from older releases. */
const FOUND = 200

/** For the transaction of the command's events. A second claim of the same key fails with DuplicateKey. */
export const claimCommand = (key: CommandKey, subject: string, now: number): Statement =>
  claim(key, { subject, status: null, recorded_at: now })

const claim = ({ scope, key, fingerprint }: CommandKey, row: Assignments): Statement =>
  insertInto(TABLE, { scope, idempotency_key: key, fingerprint, ...row })

/**
 * Whether a unit failed because its key is claimed. MySQL reports the primary key without its table, so "PRIMARY" counts too: the
 * other inserts of a command can only violate indexes with names of their own.
 */
export const isKeyClaimed = ({ key }: DuplicateKey): boolean => key.startsWith(TABLE) || key === "PRIMARY"

/** Every other write waits while one batch is deleted. */
const PURGED_AT_ONCE = 1_000

/** Deletes the key, in the transaction of the outcome that the client receives. */
export const releaseCommand = ({ scope, key }: CommandKey): Statement =>
  deleteFrom(TABLE, { scope, idempotency_key: key })

export class CommandLog extends Context.Service<CommandLog, CommandLogShape>()("bitacora/store/CommandLog") {
  static readonly layer = Layer.effect(
    CommandLog,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const run = (statement: Statement) =>
        answerInTime(log.commit({ statements: [statement] })).pipe(
          Effect.asVoid,
          Effect.catchTag("StreamConflict", (conflict) => Effect.die(conflict))
        )
      const runFreely = (statement: Statement) => run(statement).pipe(Effect.mapError(storeUnavailable))
      /** Deletes the oldest rows; returns whether there are more. */
      const purgeSome = (beforeMs: number) =>
        Effect.gen(function* () {
          const next = yield* query((db) =>
            db
              .selectFrom("command_log")
              .select("recorded_at")
              .where("recorded_at", "<", beforeMs)
              .orderBy("recorded_at")
              .limit(1)
              .offset(PURGED_AT_ONCE)
              .executeTakeFirst()
          )
          const upTo = next === undefined ? beforeMs : next.recorded_at + 1
          yield* runFreely({ sql: "DELETE FROM command_log WHERE recorded_at < ?", parameters: [upTo] })
          return next !== undefined
        })
      return CommandLog.of({
        find: ({ scope, key }) =>
          query((db) =>
            db
              .selectFrom("command_log")
              .selectAll()
              .where("scope", "=", scope)
              .where("idempotency_key", "=", key)
              .executeTakeFirst()
          ).pipe(
            Effect.map(
              (row) =>
                row && {
                  fingerprint: row.fingerprint,
                  subject: row.subject,
                  isNew: row.status !== FOUND,
                  recordedAt: row.recorded_at
                }
            )
          ),
        claimFound: (key, subject) =>
          Effect.flatMap(Clock.currentTimeMillis, (now) =>
            run(claim(key, { subject, status: FOUND, recorded_at: now }))
          ),
        release: (key) => runFreely(releaseCommand(key)),
        purge: (beforeMs) => purgeSome(beforeMs).pipe(Effect.repeat({ while: (isMore) => isMore }), Effect.asVoid)
      })
    })
  )
}
