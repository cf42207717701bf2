/**
 * The tables `message` (every sent and received message with its delivery status), `message_receipt` (the receipts of each member of a
 * group), `message_refusal` (first messages to people that WhatsApp refused), `message_mark` (which events edited, revoked or completed which message), `outbox` (accepted and not yet acknowledged) and
 * `erased_message` (ids that are not recorded again).
 */
import type { RecordedEvent } from "../../events/envelope.ts"
import { ContentErased } from "../../events/erasure.ts"
import { type MessageEvent, REACHOUT_REFUSED } from "../../events/message.ts"
import { type ErasureState, erasureState, readState } from "../../events/stream-state.ts"
import type { Statement } from "../dialect/dialect.ts"
import { defineProjection, deleteFrom, insertInto, updateWhere } from "./projection.ts"

const retains = [
  "message.queued",
  "message.received",
  "message.resent",
  "message.edited",
  "message.revoked",
  "message.reacted",
  "message.voted",
  "message.answered",
  "message.pinned",
  "message.kept",
  "history.synced"
] as const

export const messageProjection = defineProjection({
  name: "message",
  version: 7,
  tables: ["message", "message_receipt", "message_mark", "message_refusal", "outbox", "erased_message"],
  // Retention cannot erase a receipt: it holds the delivery status of a message that stays.
  erases: [...retains, "message.delivered", "message.read", "message.played"],
  retains,
  forgetDevice: (device) => [deleteFrom("erased_message", { device })],
  begin: ({ stream }, state) => (stream.startsWith("erasures/") ? stillErased(readState(erasureState, state)) : []),
  project: (recorded, data) => {
    if (recorded.type === ContentErased.type) return projectErasure(recorded, data as typeof ContentErased.data.Type)
    if (!recorded.stream.startsWith("messages/")) return []
    return projectMessage(recorded, { type: recorded.type, data } as MessageEvent)
  },
  forget: (recorded, data) => forgetMessage(recorded, { type: recorded.type, data } as MessageEvent)
})

/** Messages that must not be recorded again, and what remains of erased receipts. */
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
      const receipt = receiptOf(event)
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
        ...(code === REACHOUT_REFUSED ? [refused(recorded, event.data)] : []),
        settled(recorded, messageId)
      ]
    }
    case "message.received":
      return [received(recorded, event.data, event.data.content.kind)]
    case "message.resent":
      return [insertMark(recorded, event.data, "resent")]
    case "message.edited":
      return [received(recorded, event.data, "edit"), ...mark(recorded, event.data, "edited")]
    case "message.revoked":
      return [received(recorded, event.data, "revoke"), ...mark(recorded, revoked(event.data), "revoked")]
    case "message.reacted":
    case "message.voted":
    case "message.answered":
    case "message.pinned":
    case "message.kept":
      return [received(recorded, event.data, deeds[event.type])]
    case "history.synced":
      return event.data.messages.map((message) => received(recorded, message, message.content.kind))
    default:
      return []
  }
}

/** Nothing where the message is erased: then it is unknown to whom it was. */
const refused = (
  { device, recordedAt }: RecordedEvent,
  { messageId, cause }: Extract<MessageEvent, { type: "message.failed" }>["data"]
): Statement => ({
  sql: `INSERT INTO message_refusal (device, message_id, refused_at, cause)
    SELECT device, message_id, ?, ? FROM message WHERE device = ? AND message_id = ? AND from_me = 1 AND sender = ''`,
  parameters: [recordedAt, cause ?? null, device, messageId]
})

const FAILURE_TEXT_MAX = 255

/** The `kind` of a row of the table `message` for what a person did to another message. */
const deeds = {
  "message.reacted": "reaction",
  "message.voted": "vote",
  "message.answered": "answer",
  "message.pinned": "pin",
  "message.kept": "keep"
} as const

/** The statuses from which each status is reached. A late receipt changes only its own time. */
const before = {
  sent: "'queued', 'failed'",
  delivered: "'queued', 'failed', 'sent', 'received'",
  read: "'queued', 'failed', 'sent', 'received', 'delivered'",
  played: "'queued', 'failed', 'sent', 'received', 'delivered', 'read'"
} as const

/** Applies a receipt: the status advances at least to it. Of several times the earliest counts, in whatever order the receipts come. */
const advance = ({ device, recordedAt }: RecordedEvent, messageId: string, to: keyof typeof before): Statement => ({
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

interface Arrived {
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

/** `resent`: its content came after it. Only the others stand in the message's own row. */
type Mark = "edited" | "revoked" | "resent"
type AboutAnother = Arrived & { readonly target: string }

const mark = (recorded: RecordedEvent, event: AboutAnother, what: "edited" | "revoked"): readonly Statement[] => [
  insertMark(recorded, event, what),
  updateWhere("message", { [`${what}_at`]: recorded.recordedAt }, targetOf(recorded, event))
]

const insertMark = (recorded: RecordedEvent, event: AboutAnother, what: Mark): Statement =>
  insertInto("message_mark", {
    ...markKey(recorded, event, what),
    chat: event.chat,
    from_me: event.fromMe ? 1 : 0,
    sender: event.sender,
    recorded_at: recorded.recordedAt
  })

type Revoked = Extract<MessageEvent, { type: "message.revoked" }>["data"]

/** A deletion by an administrator is about the message of its author. */
const revoked = ({ byAdmin, author, ...event }: Revoked): AboutAnother =>
  byAdmin && author ? { ...event, sender: author.jid, fromMe: author.fromMe } : event

const markKey = ({ device, position }: RecordedEvent, { target }: AboutAnother, what: Mark) => ({
  device,
  message_id: target,
  mark: what,
  position
})

/** The message that an edit or deletion changes. It must come from the message's own sender or a group administrator: ids can be known to others. */
const targetOf = ({ device }: RecordedEvent, { target, chat, sender, fromMe }: AboutAnother) => ({
  device,
  message_id: target,
  chat,
  ...(fromMe ? { from_me: 1 } : { from_me: 0, sender })
})

/** Restores the message's mark from the last remaining edit after it, if there is one. */
const unmark = (recorded: RecordedEvent, event: AboutAnother, what: "edited" | "revoked"): readonly Statement[] => {
  const target = targetOf(recorded, event)
  const isTarget = Object.keys(target).map((column) => `message.${column} = ?`)
  return [
    deleteFrom("message_mark", markKey(recorded, event, what)),
    {
      sql: `UPDATE message SET ${what}_at = (
        SELECT MAX(message_mark.recorded_at) FROM message_mark
        WHERE message_mark.device = ? AND message_mark.message_id = ? AND message_mark.mark = ?
          AND message_mark.position > message.position AND message_mark.chat = message.chat
          AND message_mark.from_me = message.from_me AND (message.from_me = 1 OR message_mark.sender = message.sender)
      ) WHERE ${isTarget.join(" AND ")}`,
      parameters: [recorded.device, event.target, what, ...Object.values(target)]
    }
  ]
}

/** Undoes `projectMessage`. The delivery status of a message that stays is kept: the erasure records what receipts said. */
const forgetMessage = (recorded: RecordedEvent, event: MessageEvent): readonly Statement[] => {
  const { device, position } = recorded
  const row = ({ messageId, chat, sender, fromMe }: Arrived): Statement =>
    deleteFrom("message", { device, message_id: messageId, from_me: fromMe ? 1 : 0, chat, sender, position })
  switch (event.type) {
    case "message.queued": {
      const { messageId, chat } = event.data
      return [
        row({ messageId, chat, sender: "", fromMe: true }),
        deleteFrom("message_refusal", { device, message_id: messageId }),
        deleteFrom("outbox", { device, message_id: messageId })
      ]
    }
    case "message.received":
    case "message.reacted":
    case "message.voted":
    case "message.answered":
    case "message.pinned":
    case "message.kept":
      return [row(event.data)]
    case "message.resent":
      return [deleteFrom("message_mark", markKey(recorded, event.data, "resent"))]
    case "message.edited":
      return [row(event.data), ...unmark(recorded, event.data, "edited")]
    case "message.revoked":
      return [row(event.data), ...unmark(recorded, revoked(event.data), "revoked")]
    case "history.synced":
      return event.data.messages.map(row)
    case "message.delivered":
    case "message.read":
    case "message.played": {
      const { messageId, participant } = event.data
      if (participant === undefined) return []
      return [deleteFrom("message_receipt", { device, message_id: messageId, participant, receipt: receiptOf(event) })]
    }
    default:
      return []
  }
}

type Receipt = Extract<MessageEvent, { type: `message.${"delivered" | "read" | "played"}` }>

/** The kind of a receipt, without its author. */
export const receiptOf = ({ type }: Receipt): "delivered" | "read" | "played" =>
  type.slice("message.".length) as "delivered" | "read" | "played"
