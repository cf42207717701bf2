/** `/client/…`: messages that are sent. */
import { Effect } from "effect"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX } from "../../uploads/inline-file.ts"
import { call } from "./call.ts"
import { ChatId } from "./fields.ts"
import { sendFields } from "./send-fields.ts"
import { sendContent } from "./send-message.ts"

export const clientMessageRoutes: readonly Route[] = [
  call({
    path: "/client/sendMessage",
    summary: "Send a message",
    scope: "send",
    fields: { chatId: ChatId, ...sendFields },
    bodyBytesMax: INLINE_BODY_BYTES_MAX,
    example: { chatId: `${EXAMPLE.contact}@c.us`, contentType: "string", content: "Hola" },
    run: ({ chatId: chat, ...sending }, on) =>
      Effect.map(sendContent(on, { chat, ...sending }), (message) => ({ message }))
  })
]
