/**
 * The tables `message` (everything sent and received, and its fate), `message_receipt` (who in a group gave which receipt) and
 * `outbox` (what still waits for WhatsApp's word).
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import { ContentErased } from "../../events/erasure.ts"
import { fileNameOf, type IncomingContent, type MessageEvent, type OutgoingContent } from "../../events/message.ts"
import { type ErasureState, erasureState, readState } from "../../events/stream-state.ts"
import type { Statement } from "../dialect/dialect.ts"
import { deleteFrom, insertInto, type Projection, updateWhere } from "./projection.ts"

export const messageProjection: Projection = {
  name: "message",
  version: 4,
  tables: ["message", "message_receipt", "outbox", "media_reference", "erased_message"],
  begin: ({ stream }, state) => (stream.startsWith("erasures/") ? stillErased(readState(erasureState, state)) : []),
  project: (recorded, data) => {
    if (recorded.type === ContentErased.type) return projectErasure(recorded, data as typeof ContentErased.data.Type)
    if (!recorded.stream.startsWith("messages/")) return []
    const event = { type: recorded.type, data } as MessageEvent
    const references = filesOf(event).map((file_name) =>
      insertInto("media_reference", { file_name, position: recorded.position })
    )
    return [...projectMessage(recorded, event), ...references]
  }
}

/** The files that an event's contents are made of, by their names in the media folder, be they there or still to be fetched. */
export const filesOf = (event: MessageEvent): readonly string[] => {
  switch (event.type) {
    case "message.queued":
    case "message.received":
    case "message.edited":
      return named([event.data.content])
    case "history.synced":
      return named(event.data.messages.map(({ content }) => content))
    default:
      return []
  }
}

const named = (contents: readonly (OutgoingContent | IncomingContent)[]): readonly string[] => [
  ...new Set(contents.flatMap((content) => fileNameOf(content) ?? []))
]

/** Messages that must not be taken in again, and what is left of receipts that went. */
const projectErasure = (recorded: RecordedEvent, data: typeof ContentErased.data.Type): readonly Statement[] => [
  ...stillErased({ device: recorded.device ?? 0, messages: data.messages }),
  ...data.receipts.flatMap(({ messageId, receipt, recordedAt }) => [
    advance({ ...recorded, recordedAt }, messageId, receipt),
    settled(recorded, messageId)
  ])
]

const stillErased = ({ device, messages }: ErasureState): readonly Statement[] =>
  messages.map((messageId) => ({
    sql: "REPLACE INTO erased_message (device, message_id) VALUES (?, ?)",
    parameters: [device, messageId]
  }))

const projectMessage = (recorded: RecordedEvent, event: MessageEvent): readonly Statement[] => {
  const { recordedAt: at, device, position } = recorded
  switch (event.type) {
    case "message.queued": {
      const { messageId, chat, content, expiresAt } = event.data
      return [
        insertInto("message", {
          device,
          message_id: messageId,
          from_me: 1,
          chat,
          sender: "",
          kind: content.kind,
          status: "queued",
          created_at: at,
          position
        }),
        insertInto("outbox", { device, message_id: messageId, position, expires_at: expiresAt })
      ]
    }
    case "message.sent":
      return [advance(recorded, event.data.messageId, "sent"), settled(recorded, event.data.messageId)]
    case "message.delivered":
    case "message.read":
    case "message.played": {
      const { messageId, participant } = event.data
      const receipt =
        event.type === "message.delivered" ? "delivered" : event.type === "message.read" ? "read" : "played"
      const whose = participant === undefined ? [] : [participantReceipt(recorded, messageId, participant, receipt)]
      return [advance(recorded, messageId, receipt), settled(recorded, messageId), ...whose]
    }
    case "message.failed": {
      const { messageId, code, text } = event.data
      const values = {
        status: "failed",
        failed_at: at,
        failure_code: code,
        failure_text: text.slice(0, FAILURE_TEXT_MAX)
      }
      return [
        updateWhere("message", values, { device, message_id: messageId, from_me: 1 }),
        settled(recorded, messageId)
      ]
    }
    case "message.received":
      return [received(recorded, event.data, event.data.content.kind)]
    case "message.edited":
      return [received(recorded, event.data, "edit"), mark(recorded, event.data, "edited_at")]
    case "message.revoked":
      return [received(recorded, event.data, "revoke"), mark(recorded, event.data, "revoked_at")]
    case "message.reacted":
      return [received(recorded, event.data, "reaction")]
    case "history.synced":
      return event.data.messages.map((message) => received(recorded, message, message.content.kind))
  }
}

const FAILURE_TEXT_MAX = 255

/** From which statuses each one is reached; a receipt that comes late changes its own time and nothing else. */
const before = {
  sent: "'queued', 'failed'",
  delivered: "'queued', 'failed', 'sent', 'received'",
  read: "'queued', 'failed', 'sent', 'received', 'delivered'",
  played: "'queued', 'failed', 'sent', 'received', 'delivered', 'read'"
} as const

/** A receipt: the message is at least so far. The earliest one's time counts, in whatever order they are told. */
export const advance = (
  { device, recordedAt }: RecordedEvent,
  messageId: string,
  to: keyof typeof before
): Statement => ({
  sql: `UPDATE message SET status = CASE WHEN status IN (${before[to]}) THEN '${to}' ELSE status END,
    ${to}_at = CASE WHEN ${to}_at <= ? THEN ${to}_at ELSE ? END WHERE device = ? AND message_id = ? AND from_me = 1`,
  parameters: [recordedAt, recordedAt, device, messageId]
})

const settled = ({ device }: RecordedEvent, messageId: string): Statement =>
  deleteFrom("outbox", { device, message_id: messageId })

const participantReceipt = (
  { device, recordedAt }: RecordedEvent,
  messageId: string,
  participant: string,
  receipt: string
): Statement =>
  insertInto("message_receipt", { device, message_id: messageId, participant, receipt, recorded_at: recordedAt })

export interface Arrived {
  readonly messageId: string
  readonly chat: string
  readonly sender: string
  readonly fromMe: boolean
}

const received = ({ device, recordedAt, position }: RecordedEvent, arrived: Arrived, kind: string): Statement =>
  insertInto("message", {
    device,
    message_id: arrived.messageId,
    from_me: arrived.fromMe ? 1 : 0,
    chat: arrived.chat,
    sender: arrived.sender,
    kind,
    status: "received",
    created_at: recordedAt,
    position
  })

const mark = (recorded: RecordedEvent, event: AboutAnother, column: "edited_at" | "revoked_at"): Statement =>
  updateWhere("message", { [column]: recorded.recordedAt }, targetOf(recorded, event))

export type AboutAnother = Arrived & { readonly target: string }

/** The message that an edit or a deletion is about. Only its own sender's counts: ids can be known to others. */
export const targetOf = ({ device }: RecordedEvent, { target, chat, sender, fromMe }: AboutAnother) => ({
  device,
  message_id: target,
  chat,
  ...(fromMe ? { from_me: 1 } : { from_me: 0, sender })
})
