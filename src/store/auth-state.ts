/**
 * WhatsApp credentials and Signal keys of each device, encrypted. They change and are not in the log. Keeps SEC-4.
 *
 * Writes go through the writer queue. One call is one unit, so that the keys that a message used become durable together. The caller
 * makes sure that only the newest generation of a device's socket writes.
 */
import { Context, Effect, Layer } from "effect"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"
import { Secrets } from "./secrets/secrets.ts"

/** A null `value` deletes the row. */
export interface AuthWrite {
  readonly category: string
  readonly id: string
  readonly value: Uint8Array | null
}

export interface AuthStateShape {
  /** Returns the existing values by id, for at most a few hundred ids; without `ids` the whole category. */
  readonly read: (
    device: number,
    category: string,
    ids?: readonly string[]
  ) => Effect.Effect<ReadonlyMap<string, Uint8Array>, StoreUnavailable>
  /** Writes all of them or none. */
  readonly write: (device: number, writes: readonly AuthWrite[]) => Effect.Effect<void, StoreUnavailable>
}

export class AuthState extends Context.Service<AuthState, AuthStateShape>()("bitacora/store/AuthState") {
  static readonly layer = Layer.effect(
    AuthState,
    Effect.suspend(() => make)
  )
}

/** Deletes all credentials and keys of a device; for the transaction of the event that ends its link. */
export const deleteAuthState = (device: number): Statement => ({
  sql: "DELETE FROM auth_state WHERE device = ?",
  parameters: [device]
})

const make: Effect.Effect<AuthStateShape, never, Database | EventLog | Secrets> = Effect.gen(function* () {
  const database = yield* Database
  const log = yield* EventLog
  const box = yield* Secrets
  const run = (statements: readonly Statement[]) =>
    log.commit({ statements }).pipe(Effect.asVoid, Effect.mapError(storeUnavailable))
  const rowName = (category: string, id: string) => `${category}|${id}`

  return AuthState.of({
    read: (device, category, ids) =>
      database
        .query((db) =>
          db
            .selectFrom("auth_state")
            .select(["key_id", "value"])
            .where("device", "=", device)
            .where("category", "=", category)
            .$if(ids !== undefined, (query) => query.where("key_id", "in", ids?.length ? ids : [""]))
            .execute()
        )
        .pipe(
          Effect.map(
            (rows) =>
              new Map(rows.map((row) => [row.key_id, box.open(device, rowName(category, row.key_id), row.value)]))
          )
        ),
    write: (device, writes) =>
      run(
        writes.map(({ category, id, value }) =>
          value === null
            ? {
                sql: "DELETE FROM auth_state WHERE device = ? AND category = ? AND key_id = ?",
                parameters: [device, category, id]
              }
            : {
                sql: "REPLACE INTO auth_state (device, category, key_id, value) VALUES (?, ?, ?, ?)",
                parameters: [device, category, id, box.seal(device, rowName(category, id), value)]
              }
        )
      )
  })
})
