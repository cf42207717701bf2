/**
 * What happens to messages: the events of the stream `messages/<device id>`.
 *
 * A sent message goes from queued to sent (WhatsApp's server acknowledged it), delivered, and read or played; or it ends in failed.
 * `messageId` is WhatsApp's own id. It is fixed in `message.queued`, before the first attempt, so a resend is the same message. Jids are
 * stored as WhatsApp gave them. Times in data are epoch milliseconds.
 */
import { Schema } from "effect"
import { IncomingContent, OutgoingContent, Sealed } from "./content.ts"
import { Author, MessageContext, PersonNames } from "./context.ts"
import { defineEvent, type EventOf } from "./definition.ts"

const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
/** 32 bytes in base64. WhatsApp encrypts with it what people do to the message later: votes, edits, answers. */
const Secret = Schema.String

export const MessageQueued = defineEvent(
  "message.queued",
  2,
  Schema.Struct({
    messageId: Schema.String,
    chat: Schema.String,
    chatAlt: Schema.NullOr(Schema.String),
    /** The telephone number in the request; WhatsApp may know another form of it. Null if the recipient was given as a jid. */
    number: Schema.NullOr(Schema.String),
    content: OutgoingContent,
    context: Schema.optionalKey(MessageContext),
    /** Whom a status (`status@broadcast`) is for, as jids. */
    audience: Schema.optionalKey(Schema.Array(Schema.String)),
    /** Absent in messages of releases that left it to each attempt. */
    secret: Schema.optionalKey(Secret),
    expiresAt: Time
  }),
  "The gateway accepted a message. It sends the message under this id until WhatsApp responds or the message expires."
)

export const MessageSent = defineEvent(
  "message.sent",
  1,
  Schema.Struct({ messageId: Schema.String }),
  "WhatsApp's server acknowledged the message."
)

const Receipt = Schema.Struct({
  messageId: Schema.String,
  at: Schema.NullOr(Time),
  /** The group member who gave the receipt. Absent in chats with one contact. */
  participant: Schema.optionalKey(Schema.String)
})

export const MessageDelivered = defineEvent(
  "message.delivered",
  1,
  Receipt,
  "The contact's phone received the message."
)
export const MessageRead = defineEvent("message.read", 1, Receipt, "The contact read the message.")
export const MessagePlayed = defineEvent("message.played", 1, Receipt, "The contact played the voice note.")

/** WhatsApp's code for a message to a person whom the account may not write to. */
export const REACHOUT_REFUSED = "463"

/** Why WhatsApp refused a first message to a person (463): the account may write to no new people, or lacks the person's token. */
export const RefusalCause = Schema.Literals(["timelock", "no_token"])
export type RefusalCause = typeof RefusalCause.Type

export const MessageFailed = defineEvent(
  "message.failed",
  1,
  Schema.Struct({
    messageId: Schema.String,
    code: Schema.String,
    text: Schema.String,
    cause: Schema.optionalKey(RefusalCause)
  }),
  "The message will not be sent. `code`: WhatsApp's code if it refused the message; `expired` if it did not acknowledge the message in time; `not_sent` or `device_removed`. `cause`, for 463: the account may not write to new people at the moment (`timelock`), or has no token of this person (`no_token`: the person has to write first)."
)

/** The origin of what arrives. The `Alt` fields name the same chat or sender by the other identity (LID or telephone number). */
const fromSomebody = {
  messageId: Schema.String,
  chat: Schema.String,
  chatAlt: Schema.NullOr(Schema.String),
  sender: Schema.String,
  senderAlt: Schema.NullOr(Schema.String),
  /** The account itself sent it, with the phone or another linked device. */
  fromMe: Schema.Boolean,
  pushName: Schema.NullOr(Schema.String),
  sentAt: Time,
  /** WhatsApp delivered it from its offline queue. */
  offline: Schema.Boolean
}

/** What a message says. `secret` is absent where the message had none. */
const said = {
  content: IncomingContent,
  context: Schema.optionalKey(MessageContext),
  secret: Schema.optionalKey(Secret)
}

export const MessageReceived = defineEvent(
  "message.received",
  2,
  Schema.Struct({ ...fromSomebody, ...said }),
  "The device received a message, live or from the offline queue; or the account sent one with the phone (`fromMe`)."
)

/** `target` is the id of the message that is changed; `messageId` is the id of the change. */
const aboutAnother = { ...fromSomebody, target: Schema.String }

/** `author`: who wrote the message that it is about, where that is known. */
const aboutOthers = { ...aboutAnother, author: Schema.optionalKey(Author) }

/** What could not be decrypted, because the secret of the message that it is about is not known here. */
const stillSealed = { sealed: Schema.optionalKey(Sealed) }

export const MessageResent = defineEvent(
  "message.resent",
  1,
  Schema.Struct({ ...aboutAnother, ...said }),
  "The content of a message came that had arrived without it (`unavailable`): its sender or the phone sent it again. `target` is its own id."
)

export const MessageEdited = defineEvent(
  "message.edited",
  2,
  Schema.Struct({ ...aboutAnother, ...said }),
  "The sender changed a message."
)

export const MessageRevoked = defineEvent(
  "message.revoked",
  1,
  Schema.Struct({
    ...aboutOthers,
    /** An administrator of the group deleted the message of another member. */
    byAdmin: Schema.optionalKey(Schema.Literal(true))
  }),
  "A message was deleted for everyone in the chat: by its sender, or by an administrator of the group (`byAdmin`)."
)

export const MessageReacted = defineEvent(
  "message.reacted",
  1,
  Schema.Struct({ ...aboutOthers, emoji: Schema.NullOr(Schema.String), ...stillSealed }),
  "A person reacted to a message, or took the reaction back (`emoji` null)."
)

/** An option that was voted for: the SHA-256 of its text, in hex, and the text where the poll is known here. */
const Voted = Schema.Struct({ hash: Schema.String, name: Schema.NullOr(Schema.String) })

export const MessageVoted = defineEvent(
  "message.voted",
  1,
  Schema.Struct({ ...aboutOthers, options: Schema.NullOr(Schema.Array(Voted)), ...stillSealed }),
  "A person voted in a poll. These options replace all that the person voted for before; an empty list takes the vote back."
)

export const EventAnswer = Schema.Literals(["going", "notGoing", "maybe", "unknown"])

export const MessageAnswered = defineEvent(
  "message.answered",
  1,
  Schema.Struct({
    ...aboutOthers,
    answer: Schema.NullOr(EventAnswer),
    extraGuests: Schema.Int,
    ...stillSealed
  }),
  "A person answered an invitation to an event."
)

export const MessagePinned = defineEvent(
  "message.pinned",
  1,
  Schema.Struct({ ...aboutOthers, pinned: Schema.Boolean, seconds: Schema.NullOr(Time) }),
  "A person pinned a message in the chat, for `seconds`; or took the pin away."
)

export const MessageKept = defineEvent(
  "message.kept",
  1,
  Schema.Struct({ ...aboutOthers, kept: Schema.Boolean }),
  "A person kept a message that would disappear; or let it go again."
)

/** What people had done to a message of the history, as the phone tells it with the message. */
const Deed = { ...PersonNames.fields, fromMe: Schema.Boolean, at: Schema.NullOr(Time) }

export const HistoryMessage = Schema.Struct({
  ...fromSomebody,
  ...said,
  reactions: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Deed, emoji: Schema.String }))),
  votes: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Deed, options: Schema.Array(Voted) }))),
  answers: Schema.optionalKey(Schema.Array(Schema.Struct({ ...Deed, answer: EventAnswer, extraGuests: Schema.Int })))
})
export type HistoryMessage = typeof HistoryMessage.Type

export const HistorySynced = defineEvent(
  "history.synced",
  2,
  Schema.Struct({
    /** How much of its history the phone has sent, in percent; null if the phone does not say. */
    progress: Schema.NullOr(Schema.Int),
    messages: Schema.Array(HistoryMessage)
  }),
  "The phone sent a part of its history: after pairing, or because it was asked for older messages of a chat. `messages` holds those that the log did not have yet."
)

export const messageEvents = [
  MessageQueued,
  MessageSent,
  MessageDelivered,
  MessageRead,
  MessagePlayed,
  MessageFailed,
  MessageReceived,
  MessageResent,
  MessageEdited,
  MessageRevoked,
  MessageReacted,
  MessageVoted,
  MessageAnswered,
  MessagePinned,
  MessageKept,
  HistorySynced
] as const

export type MessageEvent = EventOf<(typeof messageEvents)[number]>
