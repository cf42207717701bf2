/** Labels: how a business sorts its chats and messages. */
import { Schema } from "effect"
import { Chat, Done, Flag, MessageRef, textUpTo } from "./fields.ts"
import { change } from "./operation.ts"

const Label = Schema.String.check(Schema.isPattern(/^\d{1,10}$/))
const COLORS = 20

export const labelOperations = [
  change("label.save", {
    fields: {
      label: Label,
      name: textUpTo(100),
      color: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: COLORS - 1 }))
    },
    output: Done,
    doc: "Creates a label, or renames it. `color`: the number of one of WhatsApp's 20 colours."
  }),
  change("label.delete", { fields: { label: Label }, output: Done, doc: "Deletes a label." }),
  change("label.chat", {
    fields: { label: Label, chat: Chat, assigned: Flag },
    output: Done,
    doc: "Gives a label to a chat, or takes it from it."
  }),
  change("label.message", {
    fields: { label: Label, chat: Chat, message: MessageRef, assigned: Flag },
    output: Done,
    doc: "Gives a label to a message, or takes it from it."
  })
] as const
