/**
 * What happens to messages: the events of the stream `messages/<device id>`.
 *
 * A sent message goes from queued to sent (WhatsApp's server acknowledged it), delivered, and read or played; or it ends in failed.
 * `messageId` is WhatsApp's own id. It is fixed in `message.queued`, before the first attempt, so a resend is the same message. Jids are
 * stored as WhatsApp gave them. Times in data are epoch milliseconds.
 */
import { createHash } from "node:crypto"
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Bytes = Time

/** A file in the media folder, named by the SHA-256 of its bytes. */
export const MediaFile = Schema.Struct({
  sha256: Schema.String,
  bytes: Bytes,
  mimetype: Schema.String
})
export type MediaFile = typeof MediaFile.Type

export const MediaKind = Schema.Literals(["document", "image", "video", "audio", "sticker"])
export type MediaKind = typeof MediaKind.Type

const Text = Schema.Struct({ kind: Schema.Literal("text"), text: Schema.String })

/** What a client sends. */
export const OutgoingContent = Schema.Union([
  Text,
  Schema.Struct({
    kind: MediaKind,
    media: MediaFile,
    filename: Schema.optionalKey(Schema.String),
    caption: Schema.optionalKey(Schema.String),
    voiceNote: Schema.optionalKey(Schema.Boolean)
  })
])
export type OutgoingContent = typeof OutgoingContent.Type

/** Where WhatsApp keeps an encrypted file, and its key (base64). */
export const RemoteMedia = Schema.Struct({
  directPath: Schema.NullOr(Schema.String),
  url: Schema.NullOr(Schema.String),
  mediaKey: Schema.NullOr(Schema.String),
  fileSha256: Schema.NullOr(Schema.String),
  fileEncSha256: Schema.NullOr(Schema.String)
})

/** What a device receives. `other` names the protobuf field of a kind that the gateway does not translate. */
export const IncomingContent = Schema.Union([
  Text,
  Schema.Struct({
    kind: MediaKind,
    mimetype: Schema.NullOr(Schema.String),
    bytes: Schema.NullOr(Bytes),
    filename: Schema.optionalKey(Schema.String),
    caption: Schema.optionalKey(Schema.String),
    voiceNote: Schema.optionalKey(Schema.Boolean),
    remote: RemoteMedia
  }),
  Schema.Struct({ kind: Schema.Literal("other"), name: Schema.String })
])
export type IncomingContent = typeof IncomingContent.Type

/**
 * The name of a message's file in the media folder, 64 hex digits; undefined if the message has none. A sent file is named by the SHA-256
 * of its bytes. A received file is named by its hash and its key together: any sender can claim a hash, and that must not open a file
 * that others were sent.
 */
export const fileNameOf = (content: OutgoingContent | IncomingContent): string | undefined => {
  if ("media" in content) return content.media.sha256
  if (!("remote" in content)) return undefined
  const { fileSha256, mediaKey } = content.remote
  if (fileSha256 === null || mediaKey === null) return undefined
  const secret = Buffer.concat([Buffer.from(fileSha256, "base64"), Buffer.from(mediaKey, "base64")])
  return secret.length === SECRET_BYTES ? createHash("sha256").update(secret).digest("hex") : undefined
}

/** The length of a SHA-256 and a media key together. */
const SECRET_BYTES = 64

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

export const MessageFailed = defineEvent(
  "message.failed",
  1,
  Schema.Struct({ messageId: Schema.String, code: Schema.String, text: Schema.String }),
  "The message will not be sent. `code`: WhatsApp's code if it refused the message; `expired` if it did not acknowledge the message in time; `not_sent` or `device_removed`."
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

export const MessageReceived = defineEvent(
  "message.received",
  1,
  Schema.Struct({ ...fromSomebody, content: IncomingContent }),
  "The device received a message, live or from the offline queue; or the account sent one with the phone (`fromMe`)."
)

/** `target` is the id of the message that is changed; `messageId` is the id of the change. */
const aboutAnother = { ...fromSomebody, target: Schema.String }

export const MessageEdited = defineEvent(
  "message.edited",
  1,
  Schema.Struct({ ...aboutAnother, content: IncomingContent }),
  "The sender changed the text of a message."
)

export const MessageRevoked = defineEvent(
  "message.revoked",
  1,
  Schema.Struct(aboutAnother),
  "The sender deleted a message for everyone in the chat."
)

export const MessageReacted = defineEvent(
  "message.reacted",
  1,
  Schema.Struct({ ...aboutAnother, emoji: Schema.NullOr(Schema.String) }),
  "A person reacted to a message, or took the reaction back (`emoji` null)."
)

export const HistorySynced = defineEvent(
  "history.synced",
  1,
  Schema.Struct({
    /** How much of its history the phone has sent, in percent; null if the phone does not say. */
    progress: Schema.NullOr(Schema.Int),
    messages: Schema.Array(Schema.Struct({ ...fromSomebody, content: IncomingContent }))
  }),
  "The phone sent a part of its history after pairing. `messages` holds those that the log did not have yet."
)

export const messageEvents = [
  MessageQueued,
  MessageSent,
  MessageDelivered,
  MessageRead,
  MessagePlayed,
  MessageFailed,
  MessageReceived,
  MessageEdited,
  MessageRevoked,
  MessageReacted,
  HistorySynced
] as const

export type MessageEvent = EventOf<(typeof messageEvents)[number]>
