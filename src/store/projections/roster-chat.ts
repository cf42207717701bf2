/**
 * The tables `roster_chat` (a row for each chat, for lists), `roster_chat_fact` (what events said of it) and `roster_message` (its
 * messages by time).
 *
 * A chat's row follows from the other two tables, whatever order they were filled in: `settle` computes all of it from facts, which are
 * few. Messages are many: each changes the row by what it adds, and takes that back when it goes.
 */
import type { ChatEvent, ChatNews } from "../../events/chat.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { MessageEvent } from "../../events/message.ts"
import { previewOf } from "../../events/preview.ts"
import { chatKey } from "../../events/roster-key.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type Assignments, defineProjection, deleteFrom, insertInto, upsertInto } from "./projection.ts"
import { asOf, flag, taken, time } from "./roster-fact.ts"

const factTypes = ["chat.synced", "chat.updated", "chat.deleted", "chat.cleared"] as const

export const rosterChatProjection = defineProjection({
  name: "roster_chat",
  version: 1,
  tables: ["roster_chat", "roster_chat_fact", "roster_message"],
  erases: ["message.queued", "message.received", "history.synced", ...factTypes],
  retains: [],
  begin: () => [],
  project: (recorded, data): readonly Statement[] => [
    ...factsIn(recorded, data).flatMap((fact) => addFact(recorded, fact)),
    ...addMessages(messagesIn(recorded, data))
  ],
  forget: (recorded, data): readonly Statement[] => [
    ...factsIn(recorded, data).flatMap((fact) => takeFact(recorded, fact)),
    ...messagesIn(recorded, data).flatMap(takeMessage)
  ]
})

// ---- what events said

interface Fact {
  readonly key: string
  readonly other: string | null
  readonly place: number
  readonly said: Assignments
}

const factsIn = (recorded: RecordedEvent, given: unknown): readonly Fact[] => {
  const { type, data } = { type: recorded.type, data: given } as ChatEvent
  const as_of = asOf(given, recorded.position)
  switch (type) {
    case "chat.synced":
      return data.chats.map((chat, place) => factOf(chat, place, { ...saidOf(chat), as_of }))
    case "chat.updated":
      return [factOf(data, 0, { ...saidOf(data), as_of })]
    case "chat.deleted":
      return [factOf(data, 0, { ...saidOf(deleted(data)), as_of, deleted_at: data.at })]
    case "chat.cleared":
      return [
        factOf(data, 0, { ...saidOf({ ...data, unread: { count: 0, at: data.at } }), as_of, cleared_at: data.at })
      ]
    default:
      return []
  }
}

/** What is left of a chat when its messages go. */
const deleted = (chat: Pick<ChatNews, "chat" | "chatAlt"> & { readonly at: number }): ChatNews => ({
  ...chat,
  unread: { count: 0, at: chat.at },
  markedUnread: false,
  archived: false,
  pinnedAt: null
})

const factOf = ({ chat, chatAlt }: Pick<ChatNews, "chat" | "chatAlt">, place: number, said: Assignments): Fact => ({
  ...chatKey(chat, chatAlt),
  place,
  said
})

const saidOf = (chat: ChatNews): Assignments => ({
  name: taken(chat.name),
  last_message_at: time(chat.lastMessageAt),
  unread: time(chat.unread?.count),
  unread_at: time(chat.unread?.at),
  marked_unread: flag(chat.markedUnread),
  archived: flag(chat.archived),
  pinned_at: time(chat.pinnedAt),
  muted_until: time(chat.mutedUntil),
  read_only: flag(chat.readOnly),
  locked: flag(chat.locked),
  disappearing_s: time(chat.disappearingSeconds),
  deleted_at: null,
  cleared_at: null
})

const addFact = ({ device, position }: RecordedEvent, { key, other, place, said }: Fact): readonly Statement[] => [
  insertInto("roster_chat_fact", { device, chat: key, position, place, other, ...said }),
  upsertInto("roster_chat", newRow(device, key, 0, 0), KEY, { device: "device" }),
  ...settle(device, key),
  ...(other === null ? [] : settle(device, other))
]

const takeFact = ({ device, position }: RecordedEvent, { key, other, place }: Fact): readonly Statement[] => [
  deleteFrom("roster_chat_fact", { device, chat: key, position, place }),
  ...settle(device, key),
  ...(other === null ? [] : settle(device, other)),
  deleteEmpty(device, key)
]

const KEY = ["device", "chat"]

const newRow = (device: number | null, chat: string, active_at: number, unread: number): Assignments => ({
  device,
  chat,
  listing: 1,
  active_at,
  unread,
  read_at: -1,
  deleted_at: -1,
  archived: 0
})

/** Later than any message: the chat goes on under the LID of its person, as a fact says that names both. */
export const MOVED = 9_000_000_000_000_000

const ofChat = "f.device = roster_chat.device AND f.chat = roster_chat.chat"
/** The value of a column that was said last. */
const last = (column: string): string =>
  `(SELECT f.${column} FROM roster_chat_fact f WHERE ${ofChat} AND f.${column} IS NOT NULL
    ORDER BY f.as_of DESC, f.position DESC, f.place DESC LIMIT 1)`
/** The same of what was said of the newest message that is counted: the phone may say again what is no longer so. */
const lastRead = (column: string): string =>
  `(SELECT f.${column} FROM roster_chat_fact f WHERE ${ofChat} AND f.unread_at IS NOT NULL
    ORDER BY f.unread_at DESC, f.as_of DESC, f.position DESC, f.place DESC LIMIT 1)`
const newestFact = `COALESCE((SELECT MAX(f.last_message_at) FROM roster_chat_fact f WHERE ${ofChat}), 0)`
const newestMessage = `COALESCE((SELECT MAX(f.sent_at) FROM roster_message f WHERE ${ofChat}), 0)`
const newest = `CASE WHEN ${newestFact} > ${newestMessage} THEN ${newestFact} ELSE ${newestMessage} END`

const STATE = `UPDATE roster_chat SET archived = COALESCE(${last("archived")}, 0),
  read_at = COALESCE(${lastRead("unread_at")}, -1),
  deleted_at = CASE WHEN EXISTS (
      SELECT 1 FROM roster_chat_fact f WHERE f.device = roster_chat.device AND f.other = roster_chat.chat
    ) THEN ${MOVED} ELSE COALESCE((SELECT MAX(f.deleted_at) FROM roster_chat_fact f WHERE ${ofChat}), -1) END,
  active_at = ${newest}
  WHERE device = ? AND chat = ?`

/** After STATE, whose columns it reads. */
const LISTING = `UPDATE roster_chat SET unread = COALESCE(${lastRead("unread")}, 0) + (
    SELECT COUNT(*) FROM roster_message f WHERE ${ofChat} AND f.sent_at > roster_chat.read_at AND f.counted = 1
  ),
  listing = CASE WHEN active_at <= deleted_at THEN 0 WHEN archived = 1 THEN 2 ELSE 1 END
  WHERE device = ? AND chat = ?`

/** Makes the chat's row what facts and messages say. */
const settle = (device: number | null, chat: string): readonly Statement[] =>
  [STATE, LISTING].map((sql) => ({ sql, parameters: [device, chat] }))

const EMPTY = `DELETE FROM roster_chat WHERE device = ? AND chat = ? AND active_at = 0
  AND NOT EXISTS (SELECT 1 FROM roster_chat_fact f WHERE ${ofChat})
  AND NOT EXISTS (SELECT 1 FROM roster_message f WHERE ${ofChat})`

const deleteEmpty = (device: number | null, chat: string): Statement => ({ sql: EMPTY, parameters: [device, chat] })

// ---- messages

interface ListedMessage {
  readonly device: number | null
  readonly chat: string
  readonly sentAt: number
  readonly position: number
  /** Tells apart the messages of one event. */
  readonly place: number
  /** Live and from another person: unread until its chat is read. */
  readonly isCounted: boolean
  readonly shown: Assignments
}

const messagesIn = (recorded: RecordedEvent, given: unknown): readonly ListedMessage[] => {
  const { type, data } = { type: recorded.type, data: given } as MessageEvent
  const { device, position, recordedAt } = recorded
  switch (type) {
    case "message.queued": {
      const shown = { message_id: data.messageId, sender: "", from_me: 1, ...contentOf(data.content) }
      const { key: chat } = chatKey(data.chat, data.chatAlt)
      // WhatsApp's clock has whole seconds: with milliseconds the message would stand after the answers of the same second.
      const sentAt = recordedAt - (recordedAt % 1_000)
      return [{ device, chat, sentAt, position, place: 0, isCounted: false, shown }]
    }
    case "message.received":
      return [arrived(recorded, data, 0, !data.fromMe)]
    case "history.synced":
      return data.messages.map((message, place) => arrived(recorded, message, place, false))
    default:
      return []
  }
}

type Arrived = Extract<MessageEvent, { type: "message.received" }>["data"]

const arrived = (
  { device, position }: RecordedEvent,
  { messageId, chat, chatAlt, sender, fromMe, sentAt, content }: Arrived,
  place: number,
  isCounted: boolean
): ListedMessage => ({
  device,
  chat: chatKey(chat, chatAlt).key,
  sentAt,
  position,
  place,
  isCounted,
  shown: { message_id: messageId, sender, from_me: fromMe ? 1 : 0, ...contentOf(content) }
})

const contentOf = (
  content: Arrived["content"] | Extract<MessageEvent, { type: "message.queued" }>["data"]["content"]
) => ({
  kind: content.kind,
  preview: previewOf(content)
})

/** The chat of all statuses, which belongs to no person. */
const STATUS = "status@broadcast"

const addMessages = (messages: readonly ListedMessage[]): readonly Statement[] => [
  ...messages.map(({ isCounted, shown, ...message }) =>
    insertInto("roster_message", { ...messageKey(message), counted: isCounted ? 1 : 0, ...shown })
  ),
  ...[...Map.groupBy(messages, ({ chat }) => chat)].flatMap(([chat, ofOne]) =>
    chat === STATUS ? [] : [listChat(chat, ofOne)]
  )
]

const messageKey = ({ device, chat, sentAt, position, place }: Omit<ListedMessage, "isCounted" | "shown">) => ({
  device,
  chat,
  sent_at: sentAt,
  position,
  place
})

/** The messages of one event in one chat: only a single one, that of `message.received`, is counted. */
const listChat = (chat: string, messages: readonly ListedMessage[]): Statement => {
  const [{ device, isCounted } = { device: null, isCounted: false }] = messages
  const activeAt = Math.max(...messages.map(({ sentAt }) => sentAt))
  return upsertInto("roster_chat", newRow(device, chat, activeAt, isCounted ? 1 : 0), KEY, {
    unread: "unread + CASE WHEN NEW.active_at > read_at THEN NEW.unread ELSE 0 END",
    listing: `CASE WHEN active_at <= deleted_at AND NEW.active_at <= deleted_at THEN 0 WHEN archived = 1 THEN 2 ELSE 1 END`,
    active_at: "CASE WHEN NEW.active_at > active_at THEN NEW.active_at ELSE active_at END"
  })
}

/** A message that is neither the newest nor unread changes nothing about its chat, and is not looked into. */
const WITHOUT_MESSAGE = `UPDATE roster_chat SET unread = unread - CASE WHEN ? = 1 AND read_at < ? THEN 1 ELSE 0 END,
  listing = CASE WHEN ${newest} <= deleted_at THEN 0 WHEN archived = 1 THEN 2 ELSE 1 END,
  active_at = ${newest}
  WHERE device = ? AND chat = ? AND (active_at <= ? OR (? = 1 AND read_at < ?))`

const takeMessage = ({ isCounted, shown: _shown, ...message }: ListedMessage): readonly Statement[] => {
  const { device, chat, sentAt } = message
  const counted = isCounted ? 1 : 0
  return [
    deleteFrom("roster_message", messageKey(message)),
    { sql: WITHOUT_MESSAGE, parameters: [counted, sentAt, device, chat, sentAt, counted, sentAt] },
    deleteEmpty(device, chat)
  ]
}
