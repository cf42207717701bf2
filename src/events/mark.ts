/**
 * What the owner of an account did to messages for the account alone, which no one else is told: events of the stream
 * `roster/<device id>` (contact.ts says what that is). The phone, any linked device or a client of this gateway may have done it.
 */
import { Schema } from "effect"
import { AsOf } from "./contact.ts"
import { defineEvent, type EventOf } from "./definition.ts"

const Marked = {
  /** WhatsApp's id of the message, which may not have been recorded. */
  target: Schema.String,
  chat: Schema.String,
  chatAlt: Schema.NullOr(Schema.String),
  /** Whether the account wrote the message. */
  fromMe: Schema.Boolean
}

export const MessageStarred = defineEvent(
  "message.starred",
  1,
  Schema.Struct({ ...Marked, starred: Schema.Boolean, asOf: AsOf }),
  "The owner gave a message a star, or took it back."
)

export const MessageHidden = defineEvent(
  "message.hidden",
  1,
  Schema.Struct({ ...Marked, asOf: AsOf }),
  "The owner deleted a message for the account alone. Lists, chats and searches leave it out."
)

export const markEvents = [MessageStarred, MessageHidden] as const

export type MarkEvent = EventOf<(typeof markEvents)[number]>
