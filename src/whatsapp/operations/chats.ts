/** Chats as their owner arranges them: on all devices of the account, never for the other side. */
import { Schema } from "effect"
import { FOR_EVER } from "../../events/chat.ts"
import { Chat, Done, Flag, NewestMessages, Seconds } from "./fields.ts"
import { change } from "./operation.ts"

/** Epoch milliseconds, FOR_EVER, or null to take it back. */
const MutedUntil = Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(FOR_EVER)))
const upTo = { chat: Chat, newest: NewestMessages }

export const chatOperations = [
  change("chat.archive", {
    fields: { ...upTo, archived: Flag },
    output: Done,
    doc: "Moves a chat into the archive, or out of it."
  }),
  change("chat.pin", {
    fields: { chat: Chat, pinned: Flag },
    output: Done,
    doc: "Pins a chat to the top, or unpins it."
  }),
  change("chat.mute", {
    fields: { chat: Chat, until: MutedUntil },
    output: Done,
    doc: "Mutes a chat until a time (epoch milliseconds; -1: until it is taken back), or unmutes it (null)."
  }),
  change("chat.mark", {
    fields: { ...upTo, unread: Flag },
    output: Done,
    doc: "Marks a chat as unread, or takes the mark back. Sends no receipt."
  }),
  change("chat.clear", { fields: upTo, output: Done, doc: "Deletes a chat's messages on all devices of the account." }),
  change("chat.delete", { fields: upTo, output: Done, doc: "Deletes a chat on all devices of the account." }),
  change("chat.disappear", {
    fields: { chat: Chat, seconds: Seconds },
    output: Done,
    doc: "Makes new messages of a chat disappear after so many seconds; 0 for never."
  })
] as const
