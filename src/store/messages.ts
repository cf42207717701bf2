/** Reads messages: their delivery status from the projection, their content from the event that holds it. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { DeviceId } from "../events/ids.ts"
import type { IncomingContent, MessageEvent, OutgoingContent } from "../events/message.ts"
import { Database } from "./database.ts"
import type { OwnerFilter } from "./devices.ts"
import type { StoreUnavailable } from "./errors.ts"
import { readPosition } from "./log/event-log-queries.ts"
import type { MessageTable } from "./tables.ts"

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
  /** Returns those of these ids that the device has received, as `chat|sender|id` (receivedKey). */
  readonly received: (
    deviceNumber: number,
    ids: readonly string[]
  ) => Effect.Effect<ReadonlySet<string>, StoreUnavailable>
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
  /** The positions of the `message.queued` events that wait for their ack, oldest first. */
  readonly outbox: (deviceNumber: number) => Effect.Effect<readonly { readonly position: number }[], StoreUnavailable>
  /** The queued message at this position; undefined if it was erased or is another event. */
  readonly queuedAt: (position: number) => Effect.Effect<QueuedMessage | undefined, StoreUnavailable>
  /** The message's content; undefined if it was erased. */
  readonly contentOf: (
    message: Message
  ) => Effect.Effect<OutgoingContent | IncomingContent | undefined, StoreUnavailable>
}

/** Identifies a received message. WhatsApp's ids are unique only for one sender. */
export const receivedKey = (message: { readonly chat: string; readonly sender: string; readonly id: string }): string =>
  `${message.chat}|${message.sender}|${message.id}`

const BY_ID_MAX = 100

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
        received: (device, ids) =>
          query((db) =>
            db
              .selectFrom("message")
              .select(["chat", "sender", "message_id as id"])
              .where("device", "=", device)
              .where("message_id", "in", ids.length > 0 ? ids : [""])
              .execute()
          ).pipe(Effect.map((rows) => new Set(rows.map(receivedKey)))),
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
        outbox: (device) =>
          query((db) =>
            db.selectFrom("outbox").select("position").where("device", "=", device).orderBy("position").execute()
          ),
        queuedAt: (position) => query((db) => readPosition(db, position)).pipe(Effect.map(asQueued)),
        contentOf: (message) =>
          query((db) => readPosition(db, message.position)).pipe(Effect.map((recorded) => contentIn(recorded, message)))
      })
    })
  )
}

const asQueued = (recorded: RecordedEvent | undefined): QueuedMessage | undefined => {
  const event = recorded && readEvent(recorded)
  return event?.type === "message.queued" ? event.data : undefined
}

const contentIn = (
  recorded: RecordedEvent | undefined,
  { messageId, chat, sender }: Message
): OutgoingContent | IncomingContent | undefined => {
  const event = recorded && readEvent(recorded)
  switch (event?.type) {
    case "message.queued":
    case "message.received":
      return event.data.content
    case "history.synced":
      return event.data.messages.find(
        (message) => message.messageId === messageId && message.chat === chat && message.sender === sender
      )?.content
    default:
      return undefined
  }
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
  position: row.position
})
