/** Labels that business accounts give to chats and messages: events of the stream `roster/<device id>` (contact.ts says what that is). */
import { Schema } from "effect"
import { AsOf } from "./contact.ts"
import { defineEvent, type EventOf } from "./definition.ts"

export const LabelEdited = defineEvent(
  "label.edited",
  1,
  Schema.Struct({
    /** WhatsApp's id of the label: a small number, as text. */
    label: Schema.String,
    name: Schema.NullOr(Schema.String),
    /** One of WhatsApp's colors, from 0. */
    color: Schema.NullOr(Schema.Int),
    deleted: Schema.Boolean
  }),
  "The owner made, renamed, recolored or deleted a label."
)

export const LabelAssigned = defineEvent(
  "label.assigned",
  1,
  Schema.Struct({
    label: Schema.String,
    chat: Schema.String,
    chatAlt: Schema.NullOr(Schema.String),
    /** The message that has the label; null: the chat itself. */
    messageId: Schema.NullOr(Schema.String),
    assigned: Schema.Boolean,
    asOf: AsOf
  }),
  "The owner gave a label to a chat or a message, or took it away."
)

export const labelEvents = [LabelEdited, LabelAssigned] as const

export type LabelEvent = EventOf<(typeof labelEvents)[number]>
