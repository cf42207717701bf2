/**
 * What read models forget when a payload goes: as much as they would not know if they were built again from the log that is left.
 * Keeps LOG-5 and LOG-8.
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type AboutAnother, type Arrived, filesOf, targetOf } from "./message.ts"
import { deleteFrom, updateWhere } from "./projection.ts"

/** Types whose payloads can go. What a device went through is not among them: its state is folded from it. */
export const erasableTypes = [
  "message.queued",
  "message.received",
  "message.edited",
  "message.revoked",
  "message.reacted",
  "message.delivered",
  "message.read",
  "message.played",
  "history.synced"
] as const satisfies readonly MessageEvent["type"][]

export type ErasableType = (typeof erasableTypes)[number]
export type ErasableEvent = Extract<MessageEvent, { type: ErasableType }>

/**
 * For the transaction that erases the payload: undoes what the projection of the event did. `earlierMark`: when the same message
 * was edited, or deleted, before by an event that stays.
 */
export const forget = (recorded: RecordedEvent, event: ErasableEvent, earlierMark?: number): readonly Statement[] => {
  const { device, position } = recorded
  const references = filesOf(event).length > 0 ? [deleteFrom("media_reference", { position })] : []
  const row = (message: Arrived): Statement =>
    deleteFrom("message", {
      device,
      message_id: message.messageId,
      from_me: message.fromMe ? 1 : 0,
      chat: message.chat,
      sender: message.sender,
      position
    })
  switch (event.type) {
    case "message.queued": {
      const { messageId, chat } = event.data
      return [
        row({ messageId, chat, sender: "", fromMe: true }),
        deleteFrom("outbox", { device, message_id: messageId }),
        ...references
      ]
    }
    case "message.received":
    case "message.reacted":
      return [row(event.data), ...references]
    case "message.edited":
      return [row(event.data), unmark(recorded, event.data, "edited_at", earlierMark), ...references]
    case "message.revoked":
      return [row(event.data), unmark(recorded, event.data, "revoked_at", earlierMark)]
    case "history.synced":
      return [...event.data.messages.map(row), ...references]
    case "message.delivered":
    case "message.read":
    case "message.played": {
      const { messageId, participant } = event.data
      const key = { device, message_id: messageId, participant: participant ?? "", receipt: receiptOf(event) }
      return [deleteFrom("message_receipt", key)]
    }
  }
}

/** The anonymous rest of a receipt. */
export const receiptOf = (event: Extract<ErasableEvent, { type: `message.${"delivered" | "read" | "played"}` }>) =>
  event.type.slice("message.".length) as "delivered" | "read" | "played"

/** The mark of an edit that is forgotten; that of a later one stays. */
const unmark = (
  recorded: RecordedEvent,
  event: AboutAnother,
  column: "edited_at" | "revoked_at",
  earlier: number | undefined
): Statement => {
  const { sql, parameters } = updateWhere("message", { [column]: earlier ?? null }, targetOf(recorded, event))
  return { sql: `${sql} AND ${column} <= ?`, parameters: [...parameters, recorded.recordedAt] }
}
