/** What is done to messages that are there. Messages themselves are sent with the command Send. */
import { Schema } from "effect"
import { Done, Flag, Group, MessageRef, optional, People, Seconds, Target } from "./fields.ts"
import { change } from "./operation.ts"

const TEXT_MAX = 65_536
const REACTION_MAX = 32

const about = { chat: Target, message: MessageRef }

export const messageOperations = [
  change("message.react", {
    scope: "send",
    fields: {
      ...about,
      emoji: Schema.NullOr(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(REACTION_MAX)))
    },
    output: Done,
    unrecorded: ["emoji"],
    doc: "Reacts to a message; null takes the reaction back."
  }),
  change("message.edit", {
    scope: "send",
    fields: {
      ...about,
      text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(TEXT_MAX)),
      mentions: optional(People),
      groupMentions: optional(Schema.Array(Schema.Struct({ group: Group, name: optional(Schema.String) })))
    },
    output: Done,
    unrecorded: ["text"],
    doc: "Changes the text, or the caption, of a message of this account. WhatsApp allows it for about 15 minutes."
  }),
  change("message.revoke", {
    scope: "send",
    fields: about,
    output: Done,
    doc: "Deletes a message for everyone: one of this account, or one of a member of a group that it administers."
  }),
  change("message.delete", {
    scope: "send",
    fields: { ...about, deleteMedia: Flag },
    output: Done,
    doc: "Deletes a message on all devices of the account, and nowhere else."
  }),
  change("message.star", {
    fields: { ...about, starred: Flag },
    output: Done,
    doc: "Marks a message with a star, or takes it back."
  }),
  change("message.pin", {
    scope: "send",
    fields: { ...about, seconds: Schema.NullOr(Seconds) },
    output: Done,
    doc: "Pins a message in its chat for so many seconds, or unpins it (null)."
  }),
  change("message.vote", {
    scope: "send",
    fields: { ...about, options: Schema.Array(Schema.String) },
    output: Done,
    unrecorded: ["options"],
    doc: "Votes in a poll for these options, and for no others."
  }),
  change("message.read", {
    scope: "send",
    fields: { chat: Target, messages: Schema.Array(MessageRef) },
    output: Done,
    doc: "Tells their senders that these messages were read."
  })
] as const
