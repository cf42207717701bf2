/**
 * What is known of chats: events of the stream `roster/<device id>` (contact.ts says what that is). What is in them are messages.
 *
 * Each entry says what is new about its chat and nothing else. `chat` and `chatAlt` name it as messages do: a person's chat by the
 * number first, where it is known, and by the LID beside it.
 */
import { Schema } from "effect"
import { AsOf } from "./contact.ts"
import { defineEvent, type EventOf } from "./definition.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Count

const ChatName = { chat: Schema.String, chatAlt: Schema.NullOr(Schema.String) }

/** For `mutedUntil`: until the owner takes it back. */
export const FOR_EVER = -1

export const ChatNews = Schema.Struct({
  ...ChatName,
  name: Schema.optionalKey(Schema.NullOr(Schema.String)),
  lastMessageAt: Schema.optionalKey(Time),
  /** When the newest message was of the time `at`, `count` messages were unread; messages after that come on top. */
  unread: Schema.optionalKey(Schema.Struct({ count: Count, at: Time })),
  /** The owner marked the chat as unread, whatever was read of it. */
  markedUnread: Schema.optionalKey(Schema.Boolean),
  archived: Schema.optionalKey(Schema.Boolean),
  /** When the owner pinned it to the top; null: not pinned. */
  pinnedAt: Schema.optionalKey(Schema.NullOr(Time)),
  /** Null: not muted; FOR_EVER: until taken back. */
  mutedUntil: Schema.optionalKey(Schema.NullOr(Schema.Int)),
  /** The account cannot write to it: it left the group. */
  readOnly: Schema.optionalKey(Schema.Boolean),
  /** Hidden by the owner behind a lock. */
  locked: Schema.optionalKey(Schema.Boolean),
  /** New messages disappear after so many seconds; 0: they stay. */
  disappearingSeconds: Schema.optionalKey(Count)
})
export type ChatNews = typeof ChatNews.Type

export const ChatSynced = defineEvent(
  "chat.synced",
  1,
  Schema.Struct({ chats: Schema.Array(ChatNews), asOf: AsOf }),
  "The phone handed over chats with its history; these say something that was not known yet."
)

export const ChatUpdated = defineEvent(
  "chat.updated",
  1,
  Schema.Struct({ ...ChatNews.fields, asOf: AsOf }),
  "The owner read, archived, pinned, muted or locked a chat, or took that back; or its name changed."
)

export const ChatDeleted = defineEvent(
  "chat.deleted",
  1,
  Schema.Struct({ ...ChatName, at: Time, asOf: AsOf }),
  "The owner deleted a chat on the phone. It is listed again with its next message: one that is newer than `at`."
)

export const ChatCleared = defineEvent(
  "chat.cleared",
  1,
  Schema.Struct({
    ...ChatName,
    /** The time of the newest message that went. */
    at: Time,
    /** Messages with a star stayed on the phone. */
    keepsStarred: Schema.Boolean,
    asOf: AsOf
  }),
  "The owner deleted the messages of a chat up to `at`, for the account alone. The chat stays in the list."
)

export const chatEvents = [ChatSynced, ChatUpdated, ChatDeleted, ChatCleared] as const

export type ChatEvent = EventOf<(typeof chatEvents)[number]>
