/**
 * Idempotency keys: which command a key stood for, and what it made. Keeps OUT-2 and OUT-3.
 *
 * The row is claimed in the transaction of the command's events, so a key and what it did cannot be torn apart. No content
 * stands here: the body as a hash, what was made by its id. Rows are kept for a day.
 */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { answerInTime } from "./answer-in-time.ts"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import { type DuplicateKey, type StoreUnavailable, storeUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"
import { deleteFrom, insertInto } from "./projections/projection.ts"
import type { CommandLogTable } from "./tables.ts"

export type CommandRow = Selectable<CommandLogTable>

export interface CommandKey {
  /** Whose key it is: keys of two tenants never meet. At most 80 characters. */
  readonly scope: string
  /** 1 to 255 ASCII characters. */
  readonly key: string
  /** SHA-256 of what was asked. */
  readonly fingerprint: Uint8Array
}

export interface CommandLogShape {
  readonly find: (key: CommandKey) => Effect.Effect<CommandRow | undefined, StoreUnavailable>
  /** Writes a claim by itself: for a command that is done and can be done twice without harm. */
  readonly record: (claim: Statement) => Effect.Effect<void, StoreUnavailable | DuplicateKey>
  /** Forgets the key. */
  readonly release: (key: CommandKey) => Effect.Effect<void, StoreUnavailable>
  /** Forgets rows older than `beforeMs`, some at a time: others write in between. */
  readonly purge: (beforeMs: number) => Effect.Effect<void, StoreUnavailable>
}

/** For the command's own transaction; `subject` names what it made, `status` what was answered. A second claim breaks the table's key: DuplicateKey. */
export const claimCommand = (key: CommandKey, subject: string, now: number, status: number | null = null): Statement =>
  insertInto("command_log", {
    scope: key.scope,
    idempotency_key: key.key,
    fingerprint: key.fingerprint,
    subject,
    status,
    recorded_at: now
  })

/** Everybody who writes waits for as long as one deletion takes. */
const PURGED_AT_ONCE = 1_000

/** Takes a claim back, in the transaction that makes it needless. */
export const releaseCommand = ({ scope, key }: CommandKey): Statement =>
  deleteFrom("command_log", { scope, idempotency_key: key })

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
      /** The oldest; answers whether there are more. */
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
          ),
        record: run,
        release: (key) => runFreely(releaseCommand(key)),
        purge: (beforeMs) => purgeSome(beforeMs).pipe(Effect.repeat({ while: (isMore) => isMore }), Effect.asVoid)
      })
    })
  )
}
