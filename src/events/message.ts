/**
 * What happens to messages: the events of the stream `messages/<device id>`.
 *
 * A sent message goes queued → sent (WhatsApp's server acknowledged it) → delivered → read or played, or ends in failed.
 * `messageId` is WhatsApp's own id, fixed in `message.queued`, before the first attempt: a resend is the same message.
 * Jids stand as WhatsApp gave them; times inside data are epoch milliseconds.
 */
import { createHash } from "node:crypto"
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Bytes = Time

/** A file that this gateway keeps: named by the SHA-256 of its bytes, in the media folder. */
export const MediaFile = Schema.Struct({
  sha256: Schema.String,
  bytes: Bytes,
  mimetype: Schema.String
})
export type MediaFile = typeof MediaFile.Type

export const MediaKind = Schema.Literals(["document", "image", "video", "audio", "sticker"])
export type MediaKind = typeof MediaKind.Type

const Text = Schema.Struct({ kind: Schema.Literal("text"), text: Schema.String })

/** What a client asked to send. */
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

/** Where WhatsApp keeps an encrypted file, and the key to it (base64). */
export const RemoteMedia = Schema.Struct({
  directPath: Schema.NullOr(Schema.String),
  url: Schema.NullOr(Schema.String),
  mediaKey: Schema.NullOr(Schema.String),
  fileSha256: Schema.NullOr(Schema.String),
  fileEncSha256: Schema.NullOr(Schema.String)
})

/** What arrived. `other` names the protobuf field of a kind that this gateway does not translate. */
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
 * The name, 64 hex digits, under which the file of a message is kept here; undefined for what has none. A file that was sent goes
 * by the SHA-256 of its bytes. One that was received goes by its hash and its key together: a hash alone, which any sender can
 * claim, must not open what others were sent.
 */
export const fileNameOf = (content: OutgoingContent | IncomingContent): string | undefined => {
  if ("media" in content) return content.media.sha256
  if (!("remote" in content)) return undefined
  const { fileSha256, mediaKey } = content.remote
  if (fileSha256 === null || mediaKey === null) return undefined
  const secret = Buffer.concat([Buffer.from(fileSha256, "base64"), Buffer.from(mediaKey, "base64")])
  return secret.length === SECRET_BYTES ? createHash("sha256").update(secret).digest("hex") : undefined
}

/** A SHA-256 and a media key. */
const SECRET_BYTES = 64

export const MessageQueued = defineEvent(
  "message.queued",
  2,
  Schema.Struct({
    messageId: Schema.String,
    chat: Schema.String,
    chatAlt: Schema.NullOr(Schema.String),
    /** The telephone number that the client gave, of which WhatsApp may know another form; null for a recipient given as a jid. */
    number: Schema.NullOr(Schema.String),
    content: OutgoingContent,
    expiresAt: Time
  }),
  "A message was accepted. From here on it is sent under this id until WhatsApp answers or it expires."
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
  /** In groups: whose receipt it is. Absent in chats with one contact. */
  participant: Schema.optionalKey(Schema.String)
})

export const MessageDelivered = defineEvent("message.delivered", 1, Receipt, "The contact's phone has the message.")
export const MessageRead = defineEvent("message.read", 1, Receipt, "The contact read the message.")
export const MessagePlayed = defineEvent("message.played", 1, Receipt, "The contact played the voice note.")

export const MessageFailed = defineEvent(
  "message.failed",
  1,
  Schema.Struct({ messageId: Schema.String, code: Schema.String, text: Schema.String }),
  "The message will not be sent: WhatsApp refused it (its code), or nothing was heard of it in time (`expired`)."
)

/** Where something came from. The `Alt` fields name the same chat or sender under its other identity (LID or phone number). */
const fromSomebody = {
  messageId: Schema.String,
  chat: Schema.String,
  chatAlt: Schema.NullOr(Schema.String),
  sender: Schema.String,
  senderAlt: Schema.NullOr(Schema.String),
  /** Sent by this account from the phone itself or from another linked device. */
  fromMe: Schema.Boolean,
  pushName: Schema.NullOr(Schema.String),
  sentAt: Time,
  /** Arrived from WhatsApp's offline queue rather than live. */
  offline: Schema.Boolean
}

export const MessageReceived = defineEvent(
  "message.received",
  1,
  Schema.Struct({ ...fromSomebody, content: IncomingContent }),
  "A message arrived, live or from the time the device was away; or was sent from the phone itself (`fromMe`)."
)

/** `target` is the id of the message that it is about; `messageId` its own. */
const aboutAnother = { ...fromSomebody, target: Schema.String }

export const MessageEdited = defineEvent(
  "message.edited",
  1,
  Schema.Struct({ ...aboutAnother, content: IncomingContent }),
  "Somebody changed the text of a message."
)

export const MessageRevoked = defineEvent(
  "message.revoked",
  1,
  Schema.Struct(aboutAnother),
  "Somebody deleted a message for everyone."
)

export const MessageReacted = defineEvent(
  "message.reacted",
  1,
  Schema.Struct({ ...aboutAnother, emoji: Schema.NullOr(Schema.String) }),
  "Somebody reacted to a message; with `emoji` null, took the reaction back."
)

export const HistorySynced = defineEvent(
  "history.synced",
  1,
  Schema.Struct({
    /** Percent that the phone has handed over; null when it does not say. */
    progress: Schema.NullOr(Schema.Int),
    messages: Schema.Array(Schema.Struct({ ...fromSomebody, content: IncomingContent }))
  }),
  "The phone handed over a part of its history after pairing; these of its messages were not known yet."
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
