/**
 * Idempotency keys: which command a key stood for and how it ended. Keeps OUT-2 and OUT-3.
 *
 * The row is claimed in the transaction of the command's events, so a key and what it did cannot be torn apart; the outcome is
 * added when it is known. Rows are kept for a day.
 */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"
import { EventLog } from "./event-log.ts"
import { deleteFrom, insertInto, updateWhere } from "./projections/projection.ts"
import type { CommandLogTable } from "./tables.ts"

export type CommandRow = Selectable<CommandLogTable>

export interface CommandKey {
  /** Whose key it is: keys of two tenants never meet. */
  readonly scope: string
  /** As the client gave it, 1 to 255 characters. */
  readonly key: string
  /** SHA-256 of route and body. */
  readonly fingerprint: Uint8Array
}

export interface CommandLogShape {
  readonly find: (scope: string, key: string) => Effect.Effect<CommandRow | undefined, StoreUnavailable>
  /** Keeps the answer for those who ask again with the same key. */
  readonly settle: (
    key: CommandKey,
    outcome: { readonly status: number; readonly body: string; readonly subject: string | null }
  ) => Effect.Effect<void, StoreUnavailable>
  /** Forgets rows older than `beforeMs`. */
  readonly purge: (beforeMs: number) => Effect.Effect<void, StoreUnavailable>
}

/** For the command's own transaction; `subject` names what it made. A second claim breaks the table's key: DuplicateKey. */
export const claimCommand = (key: CommandKey, subject: string, now: number): Statement =>
  insertInto("command_log", {
    scope: key.scope,
    idempotency_key: key.key,
    fingerprint: key.fingerprint,
    subject,
    recorded_at: now
  })

export class CommandLog extends Context.Service<CommandLog, CommandLogShape>()("bitacora/store/CommandLog") {
  static readonly layer = Layer.effect(
    CommandLog,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const run = (statements: readonly Statement[]) =>
        log.commit({ statements }).pipe(Effect.asVoid, Effect.mapError(storeUnavailable))
      return CommandLog.of({
        find: (scope, key) =>
          query((db) =>
            db
              .selectFrom("command_log")
              .selectAll()
              .where("scope", "=", scope)
              .where("idempotency_key", "=", key)
              .executeTakeFirst()
          ),
        settle: ({ scope, key, fingerprint }, { status, body, subject }) =>
          Effect.clockWith((clock) =>
            run([
              updateWhere("command_log", { status, body }, { scope, idempotency_key: key }),
              {
                sql: `INSERT INTO command_log (scope, idempotency_key, fingerprint, subject, status, body, recorded_at)
                  SELECT ?, ?, ?, ?, ?, ?, ? FROM (SELECT 1 AS one) AS once
                  WHERE NOT EXISTS (SELECT 1 FROM command_log WHERE scope = ? AND idempotency_key = ?)`,
                parameters: [
                  scope,
                  key,
                  fingerprint,
                  subject,
                  status,
                  body,
                  clock.currentTimeMillisUnsafe(),
                  scope,
                  key
                ]
              }
            ])
          ),
        purge: (beforeMs) => run([{ sql: "DELETE FROM command_log WHERE recorded_at < ?", parameters: [beforeMs] }])
      })
    })
  )
}

/** Takes a claim back; for commands that turned out to do nothing. */
export const releaseCommand = (key: CommandKey): Statement =>
  deleteFrom("command_log", { scope: key.scope, idempotency_key: key.key })
