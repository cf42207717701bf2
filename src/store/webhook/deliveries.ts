/**
 * What became of each event at each endpoint: written with the endpoint's checkpoint, read by its owner. What succeeded at its first
 * attempt is in packs (delivered.ts), everything else is a row of `webhook_delivery`; readers get both. There is nothing for what has not
 * been tried yet; the checkpoint says where that begins.
 */
import { Context, Effect, Layer } from "effect"
import type { Kysely, Selectable } from "kysely"
import type { WebhookId } from "../../events/ids.ts"
import { Database } from "../database.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { EventLog } from "../log/event-log.ts"
import { deleteFrom } from "../projections/projection.ts"
import type { Tables, WebhookDeliveryTable } from "../tables.ts"
import { answersOf, writeAnswers } from "./answers.ts"
import { asDelivery, type Delivered, deliveredAt, deliveredBefore } from "./delivered.ts"
import type { Delivery, DeliveryStatus, ListedDelivery } from "./delivery.ts"
import { purgeDeliveries } from "./purge-deliveries.ts"

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
  /** As `purgeDeliveries`. */
  readonly purge: (upTo: number) => Effect.Effect<void, StoreUnavailable>
}

export class Deliveries extends Context.Service<Deliveries, DeliveriesShape>()("bitacora/store/Deliveries") {
  static readonly layer = Layer.effect(
    Deliveries,
    Effect.gen(function* () {
      const { query } = yield* Database
      const context = yield* Effect.context<Database | EventLog>()
      return Deliveries.of({
        find: (id, position) =>
          query(async (db) => {
            const row = await listed(db, id).where("webhook_delivery.position", "=", position).executeTakeFirst()
            if (row !== undefined) return toListed(row)
            const [found] = await described(db, id, await deliveredAt(db, id, [position]))
            return found
          }),
        list: (id, { before, limit, status }) =>
          query(async (db) => {
            const rows = await listed(db, id)
              .where("webhook_delivery.position", "<", before)
              .$if(status !== undefined, (rows) => rows.where("status", "=", status ?? ""))
              .orderBy("webhook_delivery.position", "desc")
              .limit(limit)
              .execute()
            const ofRows = rows.map(toListed)
            if (status === "failing" || status === "parked") return ofRows
            // What comes before a full page of rows is not on this page.
            const after = rows.length < limit ? 0 : (rows.at(-1)?.position ?? 0)
            const delivered = await withoutRows(db, id, { before, after, limit })
            return [...ofRows, ...(await described(db, id, delivered))]
              .toSorted((one, other) => other.position - one.position)
              .slice(0, limit)
          }),
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
            : query(async (db) => {
                const rows = await rowsAt(db, id, positions).execute()
                const known = new Set(rows.map(({ position }) => position))
                const others = positions.filter((position) => !known.has(position))
                return new Set([
                  ...rows.filter(({ status }) => status === "delivered").map(({ position }) => position),
                  ...(await deliveredAt(db, id, others)).map(({ position }) => position)
                ])
              }),
        purge: (upTo) => purgeDeliveries(upTo).pipe(Effect.provideContext(context))
      })
    })
  )
}

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
  return [...statements, ...deliveries.flatMap((delivery) => answersWritten(id, delivery, isRepeat))]
}

const answersWritten = (id: WebhookId, { position, history }: Delivery, isRepeat: boolean): readonly Statement[] => {
  const answers = history.map(({ answer }) => answer)
  if (!answers.every((answer) => answer === "")) return [writeAnswers(id, position, answers)]
  return isRepeat ? [deleteFrom("webhook_answer", { position, webhook_id: id })] : []
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

/** Exported for the test of their query plans, like the next one. */
export const rowsAt = (db: Kysely<Tables>, id: string, positions: readonly number[]) =>
  db
    .selectFrom("webhook_delivery")
    .select(["position", "status"])
    .where("webhook_id", "=", id)
    .where("position", "in", positions)

interface Range {
  readonly before: number
  readonly after: number
  readonly limit: number
}

/** What packs say about positions that have no row, newest first. A row is the later one. */
const withoutRows = async (
  db: Kysely<Tables>,
  id: WebhookId,
  { before, after, limit }: Range
): Promise<readonly Delivered[]> => {
  const found: Delivered[] = []
  for (let end = before; found.length < limit && end > after; ) {
    const wanted = limit - found.length
    const delivered = await deliveredBefore(db, id, end, wanted)
    if (delivered.length === 0) break
    const positions = delivered.map(({ position }) => position)
    const rows = new Set((await rowsAt(db, id, positions).execute()).map(({ position }) => position))
    found.push(...delivered.filter(({ position }) => !rows.has(position)))
    if (delivered.length < wanted) break
    end = positions.at(-1) ?? 0
  }
  return found
}

/** With their answers, and the events' types and times. */
const described = async (
  db: Kysely<Tables>,
  id: WebhookId,
  delivered: readonly Delivered[]
): Promise<readonly ListedDelivery[]> => {
  if (delivered.length === 0) return []
  const positions = delivered.map(({ position }) => position)
  const events = await eventsAt(db, id, positions).execute()
  const known = new Map(events.map((event) => [event.position, event]))
  return delivered.map(({ position, attempt }) => {
    const { type = null, device = null, recorded_at: recordedAt = null, answers = null } = known.get(position) ?? {}
    const [answer = null] = answersOf(answers)
    return { ...asDelivery({ position, attempt: { ...attempt, answer } }), type, device, recordedAt }
  })
}

export const eventsAt = (db: Kysely<Tables>, id: string, positions: readonly number[]) =>
  db
    .selectFrom("event_log")
    .leftJoin("webhook_answer", (join) =>
      join.onRef("webhook_answer.position", "=", "event_log.position").on("webhook_answer.webhook_id", "=", id)
    )
    .select(["event_log.position", "type", "device", "recorded_at", "answers"])
    .where("event_log.position", "in", positions)

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
  const answers = answersOf(row.answers)
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
