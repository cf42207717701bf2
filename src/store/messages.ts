/** Reading messages: their fate from the projection, their content from the event that holds it. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import type { IncomingContent, MessageEvent, OutgoingContent } from "../events/message.ts"
import { Database } from "./database.ts"
import type { OwnerFilter } from "./devices.ts"
import type { StoreUnavailable } from "./errors.ts"
import { readPosition } from "./log/event-log-queries.ts"
import type { MessageTable, OutboxTable } from "./tables.ts"

export type MessageRow = Selectable<MessageTable>
export type OutboxRow = Selectable<OutboxTable>

export type QueuedMessage = Extract<MessageEvent, { type: "message.queued" }>["data"]

export interface MessagesShape {
  /**
   * Messages of that id on an owner's devices, sent ones first, then the oldest: ids are the senders' choice, and who comes later
   * must not take the place of another. More than one where two devices wrote to each other, or somebody chose a known id.
   */
  readonly byId: (
    messageId: string,
    owner: OwnerFilter
  ) => Effect.Effect<readonly (MessageRow & { readonly device_id: string })[], StoreUnavailable>
  readonly sent: (device: number, messageId: string) => Effect.Effect<MessageRow | undefined, StoreUnavailable>
  /** Which of these ids the device has received already, as `chat|sender|id`. */
  readonly received: (device: number, ids: readonly string[]) => Effect.Effect<ReadonlySet<string>, StoreUnavailable>
  /** Which of these ids are of messages that were erased. */
  readonly erased: (device: number, ids: readonly string[]) => Effect.Effect<ReadonlySet<string>, StoreUnavailable>
  /** Numbers of the devices on which a message of this id was erased. */
  readonly erasedOn: (messageId: string) => Effect.Effect<readonly number[], StoreUnavailable>
  /** Whether this participant of a group has given this receipt before. */
  readonly hasReceipt: (
    device: number,
    messageId: string,
    participant: string,
    receipt: string
  ) => Effect.Effect<boolean, StoreUnavailable>
  /** What is accepted and unsettled, oldest first. */
  readonly outbox: (device: number) => Effect.Effect<readonly OutboxRow[], StoreUnavailable>
  /** What was asked to be sent; undefined when it was erased or is not such a message. */
  readonly queuedAt: (position: number) => Effect.Effect<QueuedMessage | undefined, StoreUnavailable>
  /** What the message consists of; undefined when it was erased. */
  readonly contentOf: (
    row: MessageRow
  ) => Effect.Effect<OutgoingContent | IncomingContent | undefined, StoreUnavailable>
}

/** How a received message is told from another: WhatsApp's ids are unique for a sender, not beyond. */
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
              .$if(owner !== "everybody", (rows) => rows.where("device.owner", "=", owner as number))
              .orderBy("message.from_me", "desc")
              .orderBy("message.position")
              .limit(BY_ID_MAX)
              .execute()
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
          ),
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
          query((db) => db.selectFrom("outbox").selectAll().where("device", "=", device).orderBy("position").execute()),
        queuedAt: (position) => query((db) => readPosition(db, position)).pipe(Effect.map(asQueued)),
        contentOf: (row) =>
          query((db) => readPosition(db, row.position)).pipe(Effect.map((recorded) => contentIn(recorded, row)))
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
  { message_id, chat, sender }: MessageRow
): OutgoingContent | IncomingContent | undefined => {
  const event = recorded && readEvent(recorded)
  switch (event?.type) {
    case "message.queued":
    case "message.received":
      return event.data.content
    case "history.synced":
      return event.data.messages.find(
        (message) => message.messageId === message_id && message.chat === chat && message.sender === sender
      )?.content
    default:
      return undefined
  }
}
