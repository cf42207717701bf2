/**
 * Bulk sends and their messages: rows, and every change of a bulk send together with its event.
 *
 * A message has its WhatsApp id from the beginning, so a message that was handed over is recognised after a kill: it is in the log.
 */
import { Clock, Context, Effect, Layer } from "effect"
import type { Kysely, Selectable } from "kysely"
import type { BulkEvent, BulkPauseReason } from "../../events/bulk.ts"
import type { OutgoingContent } from "../../events/content.ts"
import type { Origin } from "../../events/envelope.ts"
import type { BulkId, DeviceId } from "../../events/ids.ts"
import { bulkStream } from "../../events/streams.ts"
import { answerInTime } from "../answer-in-time.ts"
import { claimCommand, type CommandKey } from "../command-log.ts"
import { Database } from "../database.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"
import { type DuplicateKey, type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import { deleteFrom, insertInto, updateWhere } from "../projections/projection.ts"
import type { BulkItemTable, BulkSendTable, Tables } from "../tables.ts"

export type BulkState = "running" | "paused" | "canceled" | "finished"
export type BulkItemStatus = "waiting" | "accepted" | "failed" | "canceled"

/** Times are epoch milliseconds. */
export interface BulkSend {
  readonly id: BulkId
  readonly deviceNumber: number
  readonly name: string | null
  readonly state: BulkState
  /** Why it is paused or canceled. */
  readonly reason: string | null
  /** JSON that its creator gave. */
  readonly pacing: unknown
  /** Who created it, as envelopes name principals. */
  readonly who: string
  readonly startsAt: number
  readonly createdAt: number
  /** When it was resumed last; when it was created, if it never was. */
  readonly resumedAt: number
  readonly endedAt: number | null
}

export interface BulkItem {
  readonly bulkId: BulkId
  readonly seq: number
  /** A telephone number or a jid. */
  readonly recipient: string
  /** Null once the message is in the log. */
  readonly content: OutgoingContent | null
  readonly messageId: string
  readonly status: BulkItemStatus
  readonly reason: string | null
  /** When its turn was. */
  readonly at: number | null
}

export interface NewBulkSend extends Pick<BulkSend, "id" | "deviceNumber" | "name" | "startsAt"> {
  readonly pacing: Extract<BulkEvent, { type: "bulk.created" }>["data"]["pacing"]
  readonly items: readonly Pick<BulkItem, "recipient" | "messageId">[]
  readonly contents: readonly OutgoingContent[]
}

export type BulkCounts = Readonly<Record<BulkItemStatus, number>>

/** The device that a bulk send belongs to. */
export interface BulkDevice {
  readonly id: DeviceId
  readonly deviceNumber: number
}

type Read<A> = Effect.Effect<A, StoreUnavailable>
type Written = Effect.Effect<void, DuplicateKey | StoreUnavailable>

export interface BulkSendsShape {
  readonly create: (device: BulkDevice, bulk: NewBulkSend, origin: Origin, key?: CommandKey) => Written
  readonly byId: (id: string) => Read<BulkSend | undefined>
  /** The newest first, before the id `before`. */
  readonly list: (device: number, before: string, limit: number) => Read<readonly BulkSend[]>
  /** The numbers of the devices that have a bulk send that runs. */
  readonly devicesRunning: Read<readonly number[]>
  /** Those of a device that run, the oldest first. */
  readonly running: (device: number) => Read<readonly BulkSend[]>
  /** Those of a device that run or are paused. */
  readonly countOpen: (device: number) => Read<number>
  readonly counts: (id: BulkId) => Read<BulkCounts>
  readonly items: (
    id: BulkId,
    page: { readonly after: number; readonly limit: number; readonly status: BulkItemStatus | undefined }
  ) => Read<readonly BulkItem[]>
  readonly next: (id: BulkId) => Read<BulkItem | undefined>
  /** When the device's latest message of any bulk send had its turn. */
  readonly lastTurn: (device: number) => Read<number | null>
  /** Whether the device sent a message to this account, or received one from it, before a position. */
  readonly hasExchanged: (device: number, account: string, before: number) => Read<boolean>
  /** How many chats the device's bulk sends have begun since then. */
  readonly chatsBegunSince: (device: number, since: number) => Read<number>
  /** `at`: when its turn began. */
  readonly settle: (item: BulkItem, outcome: BulkOutcome, at: number) => Read<void>
  readonly pause: (device: BulkDevice, id: BulkId, reason: BulkPauseReason, origin: Origin) => Written
  readonly resume: (device: BulkDevice, id: BulkId, origin: Origin) => Written
  readonly cancel: (device: BulkDevice, id: BulkId, reason: "requested" | "device_removed", origin: Origin) => Written
  readonly finish: (device: BulkDevice, id: BulkId, counts: BulkCounts, origin: Origin) => Written
  /** Deletes those that ended before then, with their messages. */
  readonly purge: (endedBefore: number) => Read<void>
}

export type BulkOutcome =
  | { readonly status: "accepted"; readonly beginsChat: boolean }
  | { readonly status: "failed"; readonly reason: string }

const DEVICES_MAX = 10_000
const PURGED_AT_ONCE = 100
/** Rows of one statement. Each number of rows is a text of its own, which is prepared once. */
const ROWS_AT_ONCE = 50

export class BulkSends extends Context.Service<BulkSends, BulkSendsShape>()("bitacora/store/BulkSends") {
  static readonly layer = Layer.effect(
    BulkSends,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const now = Clock.currentTimeMillis

      const write = (
        device: BulkDevice,
        event: BulkEvent,
        statements: readonly Statement[],
        origin: Origin,
        key?: CommandKey
      ): Written =>
        Effect.gen(function* () {
          const claims = key === undefined ? [] : [claimCommand(key, event.data.bulkId, yield* now)]
          const append = {
            stream: bulkStream(device.id),
            device: device.deviceNumber,
            expected: "any" as const,
            events: [event],
            origin
          }
          const unit = { appends: [append], statements: [...statements, ...claims] }
          yield* answerInTime(log.commit(unit)).pipe(Effect.catchTag("StreamConflict", Effect.die))
        })
      const writeRows = (statements: readonly Statement[]) =>
        answerInTime(log.commit({ statements })).pipe(Effect.asVoid, Effect.mapError(storeUnavailable))
      const ended = (id: BulkId, state: BulkState, reason: string | null, at: number) =>
        updateWhere("bulk_send", { state, reason, ended_at: at }, { bulk_id: id })

      return BulkSends.of({
        create: (device, bulk, origin, key) =>
          Effect.gen(function* () {
            const createdAt = yield* now
            const row = {
              bulk_id: bulk.id,
              device: device.deviceNumber,
              name: bulk.name,
              state: "running",
              pacing: JSON.stringify(bulk.pacing),
              who: origin.who,
              starts_at: bulk.startsAt,
              created_at: createdAt,
              resumed_at: createdAt
            }
            const data = { bulkId: bulk.id, messages: bulk.items.length, startsAt: bulk.startsAt, pacing: bulk.pacing }
            const statements = [insertInto("bulk_send", row), ...insertItems(bulk)]
            yield* write(device, { type: "bulk.created", data }, statements, origin, key)
          }),
        byId: (id) =>
          query((db) => db.selectFrom("bulk_send").selectAll().where("bulk_id", "=", id).executeTakeFirst()).pipe(
            Effect.map((row) => row && toBulkSend(row))
          ),
        list: (device, before, limit) =>
          query((db) =>
            db
              .selectFrom("bulk_send")
              .selectAll()
              .where("device", "=", device)
              .$if(before !== "", (rows) => rows.where("bulk_id", "<", before))
              .orderBy("bulk_id", "desc")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toBulkSend))),
        devicesRunning: query((db) =>
          db
            .selectFrom("bulk_send")
            .select("device")
            .distinct()
            .where("state", "=", "running")
            .limit(DEVICES_MAX)
            .execute()
        ).pipe(Effect.map((rows) => rows.map(({ device }) => device))),
        running: (device) =>
          query((db) => runningQuery(db, device).execute()).pipe(Effect.map((rows) => rows.map(toBulkSend))),
        countOpen: (device) =>
          query((db) =>
            db
              .selectFrom("bulk_send")
              .select((is) => is.fn.countAll<number>().as("count"))
              .where("device", "=", device)
              .where("state", "in", ["running", "paused"])
              .executeTakeFirstOrThrow()
          ).pipe(Effect.map(({ count }) => count)),
        counts: (id) =>
          query((db) =>
            db
              .selectFrom("bulk_item")
              .select(["status", (is) => is.fn.countAll<number>().as("count")])
              .where("bulk_id", "=", id)
              .groupBy("status")
              .execute()
          ).pipe(
            Effect.map((rows) => ({
              waiting: 0,
              accepted: 0,
              failed: 0,
              canceled: 0,
              ...Object.fromEntries(rows.map(({ status, count }) => [status, count]))
            }))
          ),
        items: (id, { after, limit, status }) =>
          query((db) => itemsQuery(db, id, status).where("seq", ">", after).limit(limit).execute()).pipe(
            Effect.map((rows) => rows.map(toItem))
          ),
        next: (id) =>
          query((db) => itemsQuery(db, id, "waiting").limit(1).executeTakeFirst()).pipe(
            Effect.map((row) => row && toItem(row))
          ),
        lastTurn: (device) =>
          query((db) => turnsQuery(db, device).executeTakeFirst()).pipe(Effect.map((row) => row?.at ?? null)),
        hasExchanged: (device, account, before) =>
          query((db) => exchangeQuery(db, device, account, before).executeTakeFirst()).pipe(
            Effect.map((row) => row !== undefined)
          ),
        chatsBegunSince: (device, since) =>
          query((db) =>
            db
              .selectFrom("bulk_item")
              .select((is) => is.fn.countAll<number>().as("count"))
              .where("device", "=", device)
              .where("begins_chat", "=", 1)
              .where("at", ">=", since)
              .executeTakeFirstOrThrow()
          ).pipe(Effect.map(({ count }) => count)),
        settle: ({ bulkId, seq }, outcome, at) =>
          Effect.suspend(() => {
            const values = {
              status: outcome.status,
              content: null,
              reason: outcome.status === "failed" ? outcome.reason.slice(0, REASON_MAX) : null,
              begins_chat: outcome.status === "accepted" && outcome.beginsChat ? 1 : 0,
              at
            }
            return writeRows([updateWhere("bulk_item", values, { bulk_id: bulkId, seq })])
          }),
        pause: (device, id, reason, origin) =>
          write(
            device,
            { type: "bulk.paused", data: { bulkId: id, reason } },
            [updateWhere("bulk_send", { state: "paused", reason }, { bulk_id: id })],
            origin
          ),
        resume: (device, id, origin) =>
          Effect.flatMap(now, (at) =>
            write(
              device,
              { type: "bulk.resumed", data: { bulkId: id } },
              [updateWhere("bulk_send", { state: "running", reason: null, resumed_at: at }, { bulk_id: id })],
              origin
            )
          ),
        cancel: (device, id, reason, origin) =>
          Effect.gen(function* () {
            const waiting = updateWhere(
              "bulk_item",
              { status: "canceled", content: null },
              { bulk_id: id, status: "waiting" }
            )
            const statements = [ended(id, "canceled", reason, yield* now), waiting]
            yield* write(device, { type: "bulk.canceled", data: { bulkId: id, reason } }, statements, origin)
          }),
        finish: (device, id, { accepted, failed }, origin) =>
          Effect.gen(function* () {
            const data = { bulkId: id, accepted, failed }
            yield* write(device, { type: "bulk.finished", data }, [ended(id, "finished", null, yield* now)], origin)
          }),
        purge: (endedBefore) =>
          Effect.gen(function* () {
            for (;;) {
              const rows = yield* query((db) =>
                db
                  .selectFrom("bulk_send")
                  .select("bulk_id")
                  .where("state", "in", ["canceled", "finished"])
                  .where("ended_at", "<", endedBefore)
                  .limit(PURGED_AT_ONCE)
                  .execute()
              )
              for (const { bulk_id } of rows) {
                yield* writeRows([deleteFrom("bulk_item", { bulk_id }), deleteFrom("bulk_send", { bulk_id })])
              }
              if (rows.length < PURGED_AT_ONCE) return
            }
          })
      })
    })
  )
}

const REASON_MAX = 200

/** For the erasure of a contact: what was to be sent to them, and that it was. */
export const forgetRecipient = (recipient: string): Statement => deleteFrom("bulk_item", { recipient })

const insertItems = ({ id, deviceNumber, items, contents }: NewBulkSend): readonly Statement[] => {
  const statements: Statement[] = []
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    const rows = items.slice(start, start + ROWS_AT_ONCE)
    const parameters = rows.flatMap(({ recipient, messageId }, nth): SqlValue[] => [
      id,
      start + nth + 1,
      deviceNumber,
      recipient,
      JSON.stringify(contents[start + nth]),
      messageId
    ])
    const values = rows.map(() => "(?, ?, ?, ?, ?, ?, 'waiting', 0)").join(", ")
    const columns = "bulk_id, seq, device, recipient, content, message_id, status, begins_chat"
    statements.push({ sql: `INSERT INTO bulk_item (${columns}) VALUES ${values}`, parameters })
  }
  return statements
}

/** Exported, like the others, for the test of its plan. */
export const itemsQuery = (db: Kysely<Tables>, id: string, status: BulkItemStatus | undefined) =>
  db
    .selectFrom("bulk_item")
    .selectAll()
    .where("bulk_id", "=", id)
    .$if(status !== undefined, (rows) => rows.where("status", "=", status ?? ""))
    .orderBy("seq")

export const runningQuery = (db: Kysely<Tables>, device: number) =>
  db.selectFrom("bulk_send").selectAll().where("device", "=", device).where("state", "=", "running").orderBy("bulk_id")

export const exchangeQuery = (db: Kysely<Tables>, device: number, account: string, before: number) =>
  db
    .selectFrom("event_subject as about")
    .innerJoin("event_log", "event_log.position", "about.position")
    .select("about.position")
    .where("about.subject", "=", account)
    .where("about.device", "=", device)
    .where("about.position", "<", before)
    .where("event_log.type", "in", ["message.queued", "message.received", "history.synced"])
    .limit(1)

/** Chats that were begun, and others, by time: the index leads to the latest of both. */
export const turnsQuery = (db: Kysely<Tables>, device: number) => {
  const latest = (beginsChat: number) =>
    db
      .selectFrom(
        db
          .selectFrom("bulk_item")
          .select("at")
          .where("device", "=", device)
          .where("begins_chat", "=", beginsChat)
          .where("at", "is not", null)
          .orderBy("at", "desc")
          .limit(1)
          .as("latest")
      )
      .selectAll()
  return latest(0).unionAll(latest(1)).orderBy("at", "desc").limit(1)
}

const toBulkSend = (row: Selectable<BulkSendTable>): BulkSend => ({
  id: row.bulk_id as BulkId,
  deviceNumber: row.device,
  name: row.name,
  state: row.state as BulkState,
  reason: row.reason,
  pacing: JSON.parse(row.pacing) as unknown,
  who: row.who,
  startsAt: row.starts_at,
  createdAt: row.created_at,
  resumedAt: row.resumed_at,
  endedAt: row.ended_at
})

const toItem = (row: Selectable<BulkItemTable>): BulkItem => ({
  bulkId: row.bulk_id as BulkId,
  seq: row.seq,
  recipient: row.recipient,
  content: row.content === null ? null : (JSON.parse(row.content) as OutgoingContent),
  messageId: row.message_id,
  status: row.status as BulkItemStatus,
  reason: row.reason,
  at: row.at
})
