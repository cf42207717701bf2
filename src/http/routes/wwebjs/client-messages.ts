/** `/client/…`: messages that are sent. */
import { Effect, Schema } from "effect"
import { searchDevice, SKIP_MAX } from "../../../application/search.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { INLINE_BODY_BYTES_MAX } from "../../uploads/inline-file.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession } from "./call.ts"
import { chatNotFound } from "./chat-lookup.ts"
import { ChatId, optional, Text } from "./fields.ts"
import { personId } from "../../../webhooks/formats/wwebjs-ids.ts"
import { messageModel } from "../../../webhooks/formats/wwebjs-stored-message.ts"
import { sendFields } from "./send-fields.ts"
import { sendContent } from "./send-message.ts"

const QUERY_MAX = 500
/** As WhatsApp Web's. */
const LIMIT_DEFAULT = 50
const LIMIT_MAX = 200

const SearchOptions = Schema.Struct({
  chatId: optional(Schema.NullOr(ChatId)),
  /** Pages are counted from 1; 0 is the first as well. */
  page: optional(Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: SKIP_MAX })))),
  limit: optional(Schema.NullOr(Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: LIMIT_MAX }))))
})

const search = (on: OnSession, query: string, { chatId, page, limit }: typeof SearchOptions.Type) =>
  Effect.gen(function* () {
    const size = limit ?? LIMIT_DEFAULT
    const skip = Math.max(0, (page ?? 1) - 1) * size
    if (skip > SKIP_MAX) return []
    const { messages } = yield* searchDevice(on.device, { query, chat: chatId ?? undefined, skip, limit: size })
    return messages.map(({ message, chat: { id, person } }) =>
      messageModel(message, person === null ? id : personId(person), on.device)
    )
  }).pipe(
    Effect.catchTags({
      ChatNotFound: () => Effect.fail(chatNotFound),
      QueryUnfit: ({ reason }) => Effect.fail(new Refusal(400, `query ${reason}`))
    })
  )

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
  }),
  call({
    path: "/client/searchMessages",
    summary: "Find messages by their words",
    fields: { query: Text(QUERY_MAX).check(Schema.isMinLength(1)), options: optional(Schema.NullOr(SearchOptions)) },
    example: { query: "hola", options: { limit: 10 } },
    run: ({ query, options }, on) => Effect.map(search(on, query, options ?? {}), (messages) => ({ messages }))
  })
]
