/** What others see of the account now. WhatsApp keeps none of it, and answers nothing. */
import { Schema } from "effect"
import { Chat, Done, Flag } from "./fields.ts"
import { read } from "./operation.ts"

// Not recorded, as nothing lasts of it.
export const presenceOperations = [
  read("presence.set", {
    scope: "send",
    fields: { available: Flag },
    output: Done,
    doc: "Shows the account as online, or no longer. While it is online, its phone may get no notifications."
  }),
  read("presence.type", {
    scope: "send",
    fields: { chat: Chat, action: Schema.Literals(["composing", "recording", "paused"]) },
    output: Done,
    doc: "Shows in a chat that the account types or records, for about 25 seconds or until `paused`."
  })
] as const
