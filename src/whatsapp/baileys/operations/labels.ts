/** Labels of chats and messages. */
import { done } from "../../operations/fields.ts"
import type { labelOperations } from "../../operations/labels.ts"
import { addressOf } from "./addressing.ts"
import { changeAppState } from "./app-state.ts"
import type { HandlersOf } from "./handler.ts"

export const labelHandlers: HandlersOf<typeof labelOperations> = {
  "label.save": async ({ label: id, name, color }, context) => {
    await changeAppState(context.socket, "label.save", { addLabel: { id, name, color, deleted: false } }, "")
    return done
  },
  "label.delete": async ({ label: id }, context) => {
    await changeAppState(context.socket, "label.delete", { addLabel: { id, deleted: true } }, "")
    return done
  },
  "label.chat": async ({ label: labelId, chat, assigned }, context) => {
    const of = { labelId }
    const change = assigned ? { addChatLabel: of } : { removeChatLabel: of }
    await changeAppState(context.socket, "label.chat", change, await addressOf(context, chat))
    return done
  },
  "label.message": async ({ label: labelId, chat, message: { messageId }, assigned }, context) => {
    const of = { labelId, messageId }
    const change = assigned ? { addMessageLabel: of } : { removeMessageLabel: of }
    await changeAppState(context.socket, "label.message", change, await addressOf(context, chat))
    return done
  }
}
