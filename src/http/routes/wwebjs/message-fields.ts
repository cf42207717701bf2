/** What every call of `/message/…` takes. */
import { EXAMPLE } from "../../example-names.ts"
import { ChatId, MessageId } from "./fields.ts"

export const messageFields = { chatId: ChatId, messageId: MessageId }

/** A message that the example's account has sent. */
export const messageExample = { chatId: `${EXAMPLE.contact}@c.us`, messageId: EXAMPLE.sessionMessage }
