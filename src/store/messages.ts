/** Reads messages: their delivery status from the projection, their content from the event that holds it. */
import { Context, Effect, Layer } from "effect"
import type { Kysely, Selectable } from "kysely"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { DeviceId } from "../events/ids.ts"
import type { MessageEvent } from "../events/message.ts"
import { Database } from "./database.ts"
import type { OwnerFilter } from "./devices.ts"
import type { StoreUnavailable } from "./errors.ts"
import { readPosition, readPositions } from "./log/event-log-queries.ts"
import { edited, type Said, saidIn } from "./said.ts"
import type { MessageTable, Tables } from "./tables.ts"

/** A message and its delivery status. Times are epoch milliseconds. */
export interface Message {
  readonly messageId: string
  readonly deviceNumber: number
  readonly chat: string
  readonly sender: string
  readonly fromMe: boolean
  readonly kind: string
  readonly status: MessageStatus
  readonly failure: { readonly code: string; readonly text: string } | null
  readonly createdAt: number
  readonly sentAt: number | null
  readonly deliveredAt: number | null
  readonly readAt: number | null
  readonly playedAt: number | null
  readonly failedAt: number | null
  readonly editedAt: number | null
  readonly revokedAt: number | null
  /** The position of the event that holds the content. */
  readonly position: number
}

/** `received`: the device received the message, or the account sent it with the phone. */
export type MessageStatus = "queued" | "failed" | "sent" | "received" | "delivered" | "read" | "played"

export type QueuedMessage = Extract<MessageEvent, { type: "message.queued" }>["data"]

export interface MessagesShape {
  /**
   * Messages with this id on an owner's devices: sent ones first, then the oldest, because senders choose ids and a later message must
   * not replace an earlier one. There are several if two devices of the owner wrote to each other, or if a sender reused a known id.
   */
  readonly byId: (
    messageId: string,
    owner: OwnerFilter
  ) => Effect.Effect<readonly (Message & { readonly device: DeviceId })[], StoreUnavailable>
  readonly sent: (deviceNumber: number, messageId: string) => Effect.Effect<Message | undefined, StoreUnavailable>
  /** The messages of this id that the device has sent or received: its own first, then the oldest. */
  readonly under: (deviceNumber: number, messageId: string) => Effect.Effect<readonly Message[], StoreUnavailable>
  /** Returns those of these ids that the device has received, as `chat|sender|id` (receivedKey), and which of them without content. */
  readonly received: (deviceNumber: number, ids: readonly string[]) => Effect.Effect<Known, StoreUnavailable>
  /** Returns those of these ids whose messages were erased. */
  readonly erased: (
    deviceNumber: number,
    ids: readonly string[]
  ) => Effect.Effect<ReadonlySet<string>, StoreUnavailable>
  /** The numbers of the devices on which a message with this id was erased. */
  readonly erasedOn: (messageId: string) => Effect.Effect<readonly number[], StoreUnavailable>
  /** Whether this member of a group has already given this receipt. */
  readonly hasReceipt: (
    deviceNumber: number,
    messageId: string,
    participant: string,
    receipt: string
  ) => Effect.Effect<boolean, StoreUnavailable>
  /** Every receipt that members of a group gave for a message. */
  readonly receipts: (
    deviceNumber: number,
    messageId: string
  ) => Effect.Effect<readonly MemberReceipt[], StoreUnavailable>
  /** The positions of the `message.queued` events that wait for their ack, oldest first. */
  readonly outbox: (deviceNumber: number) => Effect.Effect<readonly { readonly position: number }[], StoreUnavailable>
  /** The queued message at this position; undefined if it was erased or is another event. */
  readonly queuedAt: (position: number) => Effect.Effect<QueuedMessage | undefined, StoreUnavailable>
  /** The content of the message after its last edit; undefined if it was erased. */
  readonly saidOf: (message: Message) => Effect.Effect<Said | undefined, StoreUnavailable>
  /** The content of the messages of this id that the device has sent or received: its own first, then the oldest. */
  readonly saidUnder: (deviceNumber: number, messageId: string) => Effect.Effect<readonly Said[], StoreUnavailable>
}

/** `participant`: a jid. */
export interface MemberReceipt {
  readonly participant: string
  readonly receipt: "delivered" | "read" | "played"
  readonly at: number
}

export interface Known {
  readonly seen: ReadonlySet<string>
  /** Of those: messages that are still waiting for their content. */
  readonly empty: ReadonlySet<string>
}

/** Identifies a received message. WhatsApp's ids are unique only for one sender. */
export const receivedKey = (message: { readonly chat: string; readonly sender: string; readonly id: string }): string =>
  `${message.chat}|${message.sender}|${message.id}`

const BY_ID_MAX = 100
/** Of messages with one id on one device, which senders have chosen. */
const SAME_ID_MAX = 10

export class Messages extends Context.Service<Messages, MessagesShape>()("bitacora/store/Messages") {
  static readonly layer = Layer.effect(
    Messages,
    Effect.gen(function* () {
      const { query } = yield* Database
      return Messages.of({
        byId: (messageId, owner) =>
          query((db) =>
            db
              .selectFrom("message")
              .innerJoin("device", "device.number_id", "message.device")
              .selectAll("message")
              .select("device.device_id")
              .where("message.message_id", "=", messageId)
              .$if(owner !== "all", (rows) => rows.where("device.owner", "=", owner as number))
              .orderBy("message.from_me", "desc")
              .orderBy("message.position")
              .limit(BY_ID_MAX)
              .execute()
          ).pipe(
            Effect.map((rows) => rows.map((row) => ({ ...toMessage(row), device: DeviceId.make(row.device_id) })))
          ),
        sent: (device, messageId) =>
          query((db) =>
            db
              .selectFrom("message")
              .selectAll()
              .where("device", "=", device)
              .where("message_id", "=", messageId)
              .where("from_me", "=", 1)
              .executeTakeFirst()
          ).pipe(Effect.map((row) => row && toMessage(row))),
        under: (device, messageId) => query((db) => rowsUnder(db, device, messageId)),
        received: (device, ids) => query((db) => known(db, device, ids)),
        erased: (device, ids) =>
          query((db) =>
            db
              .selectFrom("erased_message")
              .select("message_id")
              .where("device", "=", device)
              .where("message_id", "in", ids.length > 0 ? ids : [""])
              .execute()
          ).pipe(Effect.map((rows) => new Set(rows.map((row) => row.message_id)))),
        erasedOn: (messageId) =>
          query((db) =>
            db.selectFrom("erased_message").select("device").where("message_id", "=", messageId).limit(100).execute()
          ).pipe(Effect.map((rows) => rows.map((row) => row.device))),
        hasReceipt: (device, messageId, participant, receipt) =>
          query((db) =>
            db
              .selectFrom("message_receipt")
              .select("receipt")
              .where("device", "=", device)
              .where("message_id", "=", messageId)
              .where("participant", "=", participant)
              .where("receipt", "=", receipt)
              .executeTakeFirst()
          ).pipe(Effect.map((row) => row !== undefined)),
        receipts: (device, messageId) =>
          query((db) =>
            db
              .selectFrom("message_receipt")
              .select(["participant", "receipt", "recorded_at as at"])
              .where("device", "=", device)
              .where("message_id", "=", messageId)
              .orderBy("recorded_at")
              .execute()
          ).pipe(Effect.map((rows) => rows as readonly MemberReceipt[])),
        outbox: (device) =>
          query((db) =>
            db.selectFrom("outbox").select("position").where("device", "=", device).orderBy("position").execute()
          ),
        queuedAt: (position) => query((db) => readPosition(db, position)).pipe(Effect.map(asQueued)),
        saidOf: (message) => query((db) => readSaid(db, message)),
        saidUnder: (device, messageId) =>
          query(async (db) => {
            const messages = await rowsUnder(db, device, messageId)
            const said = await Promise.all(messages.map((message) => readSaid(db, message)))
            return said.filter((each) => each !== undefined)
          })
      })
    })
  )
}

const rowsUnder = async (db: Kysely<Tables>, device: number, messageId: string): Promise<readonly Message[]> => {
  const rows = await db
    .selectFrom("message")
    .selectAll()
    .where("device", "=", device)
    .where("message_id", "=", messageId)
    .orderBy("from_me", "desc")
    .orderBy("position")
    .limit(SAME_ID_MAX)
    .execute()
  return rows.map(toMessage)
}

const asQueued = (recorded: RecordedEvent | undefined): QueuedMessage | undefined => {
  const event = recorded && readEvent(recorded)
  return event?.type === "message.queued" ? event.data : undefined
}

const known = async (db: Kysely<Tables>, device: number, ids: readonly string[]): Promise<Known> => {
  if (ids.length === 0) return { seen: new Set(), empty: new Set() }
  const rows = await db
    .selectFrom("message")
    .select(["chat", "sender", "message_id as id", "kind"])
    .where("device", "=", device)
    .where("message_id", "in", ids)
    .execute()
  const empty = rows.filter(({ kind }) => kind === "unavailable")
  const filled =
    empty.length === 0
      ? []
      : await marksOf(
          db,
          device,
          empty.map(({ id }) => id),
          ["resent"]
        )
  const isFilled = (key: string) => filled.some((mark) => receivedKey(mark) === key)
  return {
    seen: new Set(rows.map(receivedKey)),
    empty: new Set(empty.map(receivedKey).filter((key) => !isFilled(key)))
  }
}

const marksOf = (db: Kysely<Tables>, device: number, ids: readonly string[], marks: readonly string[]) =>
  db
    .selectFrom("message_mark")
    .select(["message_id as id", "chat", "sender", "from_me", "mark", "position"])
    .where("device", "=", device)
    .where("message_id", "in", ids)
    .where("mark", "in", marks)
    .orderBy("position")
    .execute()

/** Only the author's edits count, and only those that came after the message. */
const readSaid = async (db: Kysely<Tables>, message: Message): Promise<Said | undefined> => {
  const { deviceNumber, messageId, chat, sender, fromMe, position } = message
  const marks = (await marksOf(db, deviceNumber, [messageId], ["edited", "resent"])).filter(
    (mark) => mark.position > position && mark.chat === chat && (fromMe ? mark.from_me === 1 : mark.sender === sender)
  )
  const last = (what: string) => marks.findLast(({ mark }) => mark === what)?.position
  const positions = [position, last("resent"), last("edited")]
  const events = new Map(
    (
      await readPositions(
        db,
        positions.flatMap((at) => at ?? [])
      )
    ).map((event) => [event.position, event])
  )
  const [own, resent, edit] = positions.map((at) => saidIn(at === undefined ? undefined : events.get(at), message))
  const said = resent ?? own
  return said && edit ? edited(said, edit) : said
}

const toMessage = (row: Selectable<MessageTable>): Message => ({
  messageId: row.message_id,
  deviceNumber: row.device,
  chat: row.chat,
  sender: row.sender,
  fromMe: row.from_me === 1,
  kind: row.kind,
  status: row.status as MessageStatus,
  failure: row.failure_code === null ? null : { code: row.failure_code, text: row.failure_text ?? "" },
  createdAt: row.created_at,
  sentAt: row.sent_at,
  deliveredAt: row.delivered_at,
  readAt: row.read_at,
  playedAt: row.played_at,
  failedAt: row.failed_at,
  editedAt: row.edited_at,
  revokedAt: row.revoked_at,
  position: row.position
})
