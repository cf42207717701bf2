/** Deletes what is known of old deliveries, and of those of removed endpoints. In portions: other writers get their turn in between. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import { Database } from "../database.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { Tables } from "../tables.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import { packsUpTo } from "./delivered.ts"

/**
 * Deletes the deliveries of events up to this position, except those that are failing; and those of removed endpoints. A pack is deleted
 * with its last event.
 */
export const purgeDeliveries = (upTo: number): Effect.Effect<void, StoreUnavailable, Database | EventLog> =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const known = yield* query((db) => db.selectFrom("webhook").select("webhook_id").execute())
    const ids = new Set(known.map((row) => row.webhook_id))
    for (let id = ""; ; ) {
      const next = yield* query(async (db) => [
        ...(await nextWithRows(db, id).execute()),
        ...(await nextWithPacks(db, id).execute())
      ])
      const [first] = next.map((row) => row.webhook_id).toSorted()
      if (first === undefined) break
      id = first
      yield* purgeRows(id, ids.has(id) ? upTo : undefined)
      yield* purgePacks(id, ids.has(id) ? upTo : Number.MAX_SAFE_INTEGER)
    }
  })

const ROWS_AT_ONCE = 1_000
/** Each has up to some hundred deliveries. */
const PACKS_AT_ONCE = 20

/** `upTo` undefined: all of them, those that are failing as well. */
const purgeRows = (id: string, upTo: number | undefined) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    for (;;) {
      const rows = yield* query((db) =>
        db
          .selectFrom("webhook_delivery")
          .select("position")
          .where("webhook_id", "=", id)
          .$if(upTo !== undefined, (rows) => rows.where("position", "<=", upTo ?? 0).where("status", "!=", "failing"))
          .orderBy("position")
          .limit(ROWS_AT_ONCE)
          .execute()
      )
      const last = rows.at(-1)
      if (last === undefined) return
      const spared = upTo === undefined ? "" : " AND status <> 'failing'"
      const sql = `DELETE FROM webhook_delivery WHERE webhook_id = ? AND position <= ?${spared}`
      yield* commit([
        { sql, parameters: [id, last.position] },
        deleteAnswers(id, rows[0]?.position ?? 0, last.position)
      ])
      if (rows.length < ROWS_AT_ONCE) return
    }
  })

const purgePacks = (id: string, upTo: number) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    for (;;) {
      const packs = yield* query((db) => packsUpTo(db, id, upTo, PACKS_AT_ONCE).execute())
      const last = packs.at(-1)
      if (last === undefined) return
      const sql = "DELETE FROM webhook_delivered WHERE webhook_id = ? AND first_position <= ? AND last_position <= ?"
      yield* commit([
        { sql, parameters: [id, last.first_position, upTo] },
        deleteAnswers(id, packs[0]?.first_position ?? 0, last.last_position)
      ])
      if (packs.length < PACKS_AT_ONCE) return
    }
  })

const commit = (statements: readonly Statement[]) =>
  Effect.gen(function* () {
    yield* (yield* EventLog).commit({ statements }).pipe(Effect.mapError(storeUnavailable))
    yield* yieldToEventLoop
  })

const deleteAnswers = (id: string, from: number, to: number): Statement => ({
  sql: "DELETE FROM webhook_answer WHERE webhook_id = ? AND position >= ? AND position <= ?",
  parameters: [id, from, to]
})

/** Exported for the test of their query plans. */
export const nextWithRows = (db: Kysely<Tables>, after: string) =>
  db.selectFrom("webhook_delivery").select("webhook_id").where("webhook_id", ">", after).orderBy("webhook_id").limit(1)

export const nextWithPacks = (db: Kysely<Tables>, after: string) =>
  db.selectFrom("webhook_delivered").select("webhook_id").where("webhook_id", ">", after).orderBy("webhook_id").limit(1)
