/**
 * What became of each event at each endpoint: written with the endpoint's checkpoint, read by its owner. There is no row for what has
 * not been tried yet; the checkpoint says where that begins.
 */
import { Context, Effect, Layer } from "effect"
import type { Kysely, Selectable } from "kysely"
import type { WebhookId } from "../../events/ids.ts"
import { Database } from "../database.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import { deleteFrom } from "../projections/projection.ts"
import { yieldToEventLoop } from "../yield-to-event-loop.ts"
import type { Tables, WebhookDeliveryTable } from "../tables.ts"

/** `failing`: the next attempt has a time. `parked`: there is none, until the owner asks for it. */
export type DeliveryStatus = "delivered" | "failing" | "parked"

export interface Attempt {
  /** Epoch milliseconds. */
  readonly at: number
  /** The status of the answer; 0 if there was none. */
  readonly status: number
  readonly durationMs: number
  /** The beginning of the answer, or why there was none. Null if it was empty, and after an erasure of the event. */
  readonly answer: string | null
}

export interface Delivery {
  readonly position: number
  readonly status: DeliveryStatus
  /** All of them; `history` has the latest. */
  readonly attempts: number
  readonly history: readonly Attempt[]
  /** How many delays of the schedule are over. */
  readonly step: number
  readonly firstAt: number
  /** When the next attempt is due, and the delay before it. */
  readonly nextAt: number | null
  readonly delayMs: number | null
}

/** A delivery, and the event's type and time; null if the event was trimmed. */
export interface ListedDelivery extends Delivery {
  readonly type: string | null
  readonly device: number | null
  readonly recordedAt: number | null
}

/** The attempts that a row keeps. */
export const HISTORY_MAX = 20

export interface DeliveriesShape {
  readonly find: (id: WebhookId, position: number) => Effect.Effect<ListedDelivery | undefined, StoreUnavailable>
  /** Newest first, before the position `before`. */
  readonly list: (
    id: WebhookId,
    page: { readonly before: number; readonly limit: number; readonly status: DeliveryStatus | undefined }
  ) => Effect.Effect<readonly ListedDelivery[], StoreUnavailable>
  /** The delivery that waits for its next attempt, after `after` and up to `upTo`. */
  readonly failing: (
    id: WebhookId,
    after: number,
    upTo: number
  ) => Effect.Effect<Delivery | undefined, StoreUnavailable>
  /** Those of these positions that were delivered. */
  readonly deliveredAmong: (
    id: WebhookId,
    positions: readonly number[]
  ) => Effect.Effect<ReadonlySet<number>, StoreUnavailable>
  /** Deletes the rows of events up to this position, except those that are failing; and those of removed endpoints. */
  readonly purge: (upTo: number) => Effect.Effect<void, StoreUnavailable>
}

export class Deliveries extends Context.Service<Deliveries, DeliveriesShape>()("bitacora/store/Deliveries") {
  static readonly layer = Layer.effect(
    Deliveries,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const purgeOf = (id: string, upTo: number | undefined) =>
        Effect.gen(function* () {
          for (;;) {
            const rows = yield* query((db) =>
              db
                .selectFrom("webhook_delivery")
                .select("position")
                .where("webhook_id", "=", id)
                .$if(upTo !== undefined, (rows) =>
                  rows.where("position", "<=", upTo ?? 0).where("status", "!=", "failing")
                )
                .orderBy("position")
                .limit(PURGED_AT_ONCE)
                .execute()
            )
            const last = rows.at(-1)
            if (last === undefined) return
            const spared = upTo === undefined ? "" : " AND status <> 'failing'"
            const sql = `DELETE FROM webhook_delivery WHERE webhook_id = ? AND position <= ?${spared}`
            const answers = "DELETE FROM webhook_answer WHERE webhook_id = ? AND position >= ? AND position <= ?"
            const range = [id, rows[0]?.position ?? 0, last.position]
            yield* log
              .commit({
                statements: [
                  { sql, parameters: [id, last.position] },
                  { sql: answers, parameters: range }
                ]
              })
              .pipe(Effect.mapError(storeUnavailable))
            if (rows.length < PURGED_AT_ONCE) return
            yield* yieldToEventLoop
          }
        })
      return Deliveries.of({
        find: (id, position) =>
          query((db) => listed(db, id).where("webhook_delivery.position", "=", position).executeTakeFirst()).pipe(
            Effect.map((row) => row && toListed(row))
          ),
        list: (id, { before, limit, status }) =>
          query((db) =>
            listed(db, id)
              .where("webhook_delivery.position", "<", before)
              .$if(status !== undefined, (rows) => rows.where("status", "=", status ?? ""))
              .orderBy("webhook_delivery.position", "desc")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toListed))),
        failing: (id, after, upTo) =>
          query((db) =>
            stored(db, id)
              .where("webhook_delivery.position", ">", after)
              .where("webhook_delivery.position", "<=", upTo)
              .where("status", "=", "failing")
              .orderBy("webhook_delivery.position")
              .limit(1)
              .executeTakeFirst()
          ).pipe(Effect.map((row) => row && toDelivery(row))),
        deliveredAmong: (id, positions) =>
          positions.length === 0
            ? Effect.succeed(new Set())
            : query((db) =>
                db
                  .selectFrom("webhook_delivery")
                  .select("position")
                  .where("webhook_id", "=", id)
                  .where("position", "in", positions)
                  .where("status", "=", "delivered")
                  .execute()
              ).pipe(Effect.map((rows) => new Set(rows.map(({ position }) => position)))),
        purge: (upTo) =>
          Effect.gen(function* () {
            const known = yield* query((db) => db.selectFrom("webhook").select("webhook_id").execute())
            const ids = new Set(known.map((row) => row.webhook_id))
            for (let id = ""; ; ) {
              const next = yield* query((db) => nextWithDeliveries(db, id).executeTakeFirst())
              if (next === undefined) break
              id = next.webhook_id
              yield* purgeOf(id, ids.has(id) ? upTo : undefined)
            }
          })
      })
    })
  )
}

const PURGED_AT_ONCE = 1_000

/** Rows that one statement writes. Another number of rows is another text, and each text is prepared once. */
const ROWS_AT_ONCE = 20

/** For the transaction of the checkpoint. `isRepeat`: the deliveries may have rows already, which these replace. */
export const writeDeliveries = (
  id: WebhookId,
  deliveries: readonly Delivery[],
  isRepeat = true
): readonly Statement[] => {
  const statements: Statement[] = []
  const whole = deliveries.length - (deliveries.length % ROWS_AT_ONCE)
  for (let start = 0; start < whole; start += ROWS_AT_ONCE) {
    const parameters = deliveries.slice(start, start + ROWS_AT_ONCE).flatMap((delivery) => valuesOf(id, delivery))
    statements.push({ sql: replaceRows(ROWS_AT_ONCE), parameters })
  }
  for (const delivery of deliveries.slice(whole)) {
    statements.push({ sql: replaceRows(1), parameters: valuesOf(id, delivery) })
  }
  return [...statements, ...deliveries.flatMap((delivery) => writeAnswers(id, delivery, isRepeat))]
}

/** Most receivers say nothing. */
const writeAnswers = (id: WebhookId, { position, history }: Delivery, isRepeat: boolean): readonly Statement[] => {
  const answers = history.map(({ answer }) => answer)
  const isSilent = answers.every((answer) => answer === "")
  if (isSilent && !isRepeat) return []
  if (isSilent) return [deleteFrom("webhook_answer", { position, webhook_id: id })]
  const parameters = [position, id, JSON.stringify(answers)]
  return [{ sql: "REPLACE INTO webhook_answer (position, webhook_id, answers) VALUES (?, ?, ?)", parameters }]
}

const valuesOf = (id: WebhookId, delivery: Delivery): readonly SqlValue[] => [
  id,
  delivery.position,
  delivery.status,
  delivery.attempts,
  JSON.stringify(delivery.history.map(({ at, status, durationMs }) => [at, status, durationMs])),
  delivery.step,
  delivery.firstAt,
  delivery.nextAt,
  delivery.delayMs
]

const replaceRows = (rows: number): string =>
  `REPLACE INTO webhook_delivery
  (webhook_id, position, status, attempts, history, step, first_at, next_at, delay_ms)
  VALUES ${Array.from({ length: rows }, () => "(?, ?, ?, ?, ?, ?, ?, ?, ?)").join(", ")}`

/** What waits for its next attempt is due at this time (epoch milliseconds). */
export const retryNow = (id: WebhookId, now: number): Statement => ({
  sql: "UPDATE webhook_delivery SET next_at = ?, delay_ms = 0 WHERE webhook_id = ? AND status = 'failing'",
  parameters: [now, id]
})

/** What waits for its next attempt gets none. */
export const parkFailing = (id: WebhookId): Statement => ({
  sql: "UPDATE webhook_delivery SET status = 'parked', next_at = NULL, delay_ms = NULL WHERE webhook_id = ? AND status = 'failing'",
  parameters: [id]
})

/** For the transaction that erases the event's payload: a receiver may have repeated it in its answer. */
export const forgetAnswers = (position: number): Statement => ({
  sql: "DELETE FROM webhook_answer WHERE position = ?",
  parameters: [position]
})

/** Exported for the test of their query plans. */
export const nextWithDeliveries = (db: Kysely<Tables>, after: string) =>
  db.selectFrom("webhook_delivery").select("webhook_id").where("webhook_id", ">", after).orderBy("webhook_id").limit(1)

const stored = (db: Kysely<Tables>, id: WebhookId) =>
  db
    .selectFrom("webhook_delivery")
    .leftJoin("webhook_answer", (join) =>
      join
        .onRef("webhook_answer.position", "=", "webhook_delivery.position")
        .onRef("webhook_answer.webhook_id", "=", "webhook_delivery.webhook_id")
    )
    .selectAll("webhook_delivery")
    .select("webhook_answer.answers")
    .where("webhook_delivery.webhook_id", "=", id)

const listed = (db: Kysely<Tables>, id: WebhookId) =>
  stored(db, id)
    .leftJoin("event_log", "event_log.position", "webhook_delivery.position")
    .select(["event_log.type", "event_log.device", "event_log.recorded_at"])

type Row = Selectable<WebhookDeliveryTable> & { readonly answers: string | null }

const toDelivery = (row: Row): Delivery => {
  const answers = row.answers === null ? [] : (JSON.parse(row.answers) as (string | null)[])
  return {
    position: row.position,
    status: row.status as DeliveryStatus,
    attempts: row.attempts,
    history: (JSON.parse(row.history) as [number, number, number][]).map(([at, status, durationMs], index) => ({
      at,
      status,
      durationMs,
      answer: answers[index] ?? null
    })),
    step: row.step,
    firstAt: row.first_at,
    nextAt: row.next_at,
    delayMs: row.delay_ms
  }
}

const toListed = (row: Row & { type: string | null; device: number | null; recorded_at: number | null }) => ({
  ...toDelivery(row),
  type: row.type,
  device: row.device,
  recordedAt: row.recorded_at
})
