/** /v1/devices/:id/chats: the chats of a device, and the messages in them. */
import { Clock, Effect, Schema } from "effect"
import { getChat, listChats, listMessages } from "../../../application/chats.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { cursorOf, placeIn } from "./cursor.ts"
import { Cursor, DeviceParams, Flag, limitUpTo, timeOf } from "./fields.ts"
import { pageOf } from "./models.ts"
import { ChatMessageModel, chatMessageModel, ChatModel, chatModel } from "./roster-models.ts"

const tag = "Chats"
const PAGE_MAX = 100
const PAGE_DEFAULT = 50
const id = EXAMPLE.number
const chat = EXAMPLE.contact

export const ChatParams = Schema.Struct({
  ...DeviceParams.fields,
  chat: Schema.String.annotate({ description: "A telephone number, or the jid or LID of a person or a group." })
})

const ChatPlace = Schema.Struct({ activeAt: Schema.Int, key: Schema.String })
const MessagePlace = Schema.Struct({ sentAt: Schema.Int, position: Schema.Int, place: Schema.Int })

export const chatRoutes: readonly Route[] = [
  route({
    id: "listChats",
    method: "GET",
    path: "/v1/devices/:id/chats",
    tag,
    summary: "List a device's chats",
    description: "The last active first. A chat that moves up while pages are read may be missed or come twice.",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({
      archived: Flag("Only those in the archive, or only those that are not."),
      unread: Flag("Only those with messages that the owner has not read, or only those without."),
      pinned: Flag("Only those that the owner has pinned to the top, or only those that are not."),
      since: Schema.optionalKey(
        Schema.String.annotate({ description: "Only those with a message at this time or later (ISO 8601)." })
      ),
      after: Cursor,
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT)
    }),
    answers: { 200: json("A page of chats.", pageOf(ChatModel)) },
    failures: ["DeviceNotFound"],
    examples: [
      { params: { id }, query: { limit: "10" }, status: 200 },
      { params: { id }, query: { archived: "false", since: "2026-01-01T00:00:00Z" }, status: 200 },
      { params: { id }, query: { pinned: "true" }, status: 200 }
    ],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { limit = PAGE_DEFAULT, archived, unread, pinned } = query
        const after = yield* placeIn(ChatPlace, query.after)
        const activeSince = yield* timeOf("since", query.since)
        const page = { after, limit, isArchived: archived, isUnread: unread, isPinned: pinned, activeSince }
        const { chats, next } = yield* listChats(principal, params.id, page)
        const now = yield* Clock.currentTimeMillis
        return answer(200, { items: chats.map((each) => chatModel(each, now)), next: cursorOf(next) })
      })
  }),
  route({
    id: "getChat",
    method: "GET",
    path: "/v1/devices/:id/chats/:chat",
    tag,
    summary: "Get a chat",
    access: { for: "principal", scope: "read" },
    params: ChatParams,
    answers: { 200: json("The chat.", ChatModel) },
    failures: ["DeviceNotFound", "ChatNotFound"],
    examples: [{ params: { id, chat }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        const found = yield* getChat(principal, params.id, params.chat)
        return answer(200, chatModel(found, yield* Clock.currentTimeMillis))
      })
  }),
  route({
    id: "listChatMessages",
    method: "GET",
    path: "/v1/devices/:id/chats/:chat/messages",
    tag,
    summary: "List a chat's messages",
    description:
      "The newest first, those of the phone's history among them. A page of very long messages may be short.",
    access: { for: "principal", scope: "read" },
    params: ChatParams,
    query: Schema.Struct({ after: Cursor, limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT) }),
    answers: { 200: json("A page of messages.", pageOf(ChatMessageModel)) },
    failures: ["DeviceNotFound", "ChatNotFound"],
    examples: [{ params: { id, chat }, query: { limit: "10" }, status: 200 }],
    isLong: true,
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const before = yield* placeIn(MessagePlace, query.after)
        const page = { before, limit: query.limit ?? PAGE_DEFAULT }
        const { messages, next } = yield* listMessages(principal, params.id, params.chat, page)
        return answer(200, { items: messages.map(chatMessageModel), next: cursorOf(next) })
      })
  })
]
