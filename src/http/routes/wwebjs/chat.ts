/** `/chat/…`: one chat. */
import { Effect, Schema } from "effect"
import { getChat } from "../../../application/chats.ts"
import { searchChat, searchChatAndPhone } from "../../../application/chat-search.ts"
import { newestOf } from "../../../application/message-refs.ts"
import { isChannelJid } from "../../../whatsapp/jid.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { chatModels } from "./chat-lookup.ts"
import { channelModelOf } from "./channel-lookup.ts"
import { sendSeen, syncHistory } from "./client-chats.ts"
import { chatLabels, LabelIds, setChatLabels } from "./client-labels.ts"
import { findContactModel } from "./contact-lookup.ts"
import { ChatId, optional } from "./fields.ts"
import { findIfKnown, messageModels } from "./message-lookup.ts"
import { jidOfChat } from "../../../webhooks/formats/wwebjs-chat.ts"
import { Refusal } from "./answers.ts"

const chatId = `${EXAMPLE.contact}@c.us`
/** A chat that the example's account does not have. */
const UNKNOWN = "51900000009@c.us"
const common = { fields: { chatId: ChatId }, example: { chatId } }

/** The session has to know the chat. */
const knownChat = ({ principal, device }: OnSession, chat: string) => getChat(principal, device.id, chat)

const newest = ({ device }: OnSession, chat: string) => newestOf(device.deviceNumber, chat)

const shows = (action: "composing" | "paused" | "recording", on: OnSession, chat: string) =>
  Effect.gen(function* () {
    yield* knownChat(on, chat)
    yield* operateOn(on, "presence.type", { chat, action })
    return { result: true }
  })

const LIMIT_DEFAULT = 50
const LIMIT_MAX = 1_000

/** A client that asks for all of them may send null, which is how JSON has an infinite number. */
const Limit = Schema.NullOr(Schema.Int.check(Schema.isGreaterThanOrEqualTo(0)))

const searchOptions = optional(
  Schema.Struct({
    limit: optional(Limit.annotate({ description: `${LIMIT_DEFAULT} by default; at most ${LIMIT_MAX}, as for null.` })),
    fromMe: optional(Schema.NullOr(Schema.Boolean)),
    since: optional(Schema.NullOr(Schema.Finite.annotate({ description: "Epoch seconds." }))),
    messageId: optional(Schema.NullOr(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(200))))
  })
)

type Search = NonNullable<typeof searchOptions.Type>

const limitOf = ({ limit }: Search): number =>
  limit === undefined || limit === 0 ? LIMIT_DEFAULT : Math.min(limit ?? LIMIT_MAX, LIMIT_MAX)

const fetchMessages = (on: OnSession, chat: string, options: Search) =>
  Effect.gen(function* () {
    const { principal, device, origin } = on
    const { fromMe, since, messageId } = options
    yield* knownChat(on, chat)
    const search = {
      limit: limitOf(options),
      fromMe: fromMe ?? undefined,
      since: since === undefined || since === null ? undefined : Math.floor(since * 1_000)
    }
    if (messageId !== undefined && messageId !== null) {
      const found = yield* findIfKnown(on, chat, messageId)
      return found === undefined ? [] : [found]
    }
    // Without a limit, whatsapp-web.js gives what is loaded.
    return (options.limit ?? 0) > 0
      ? yield* searchChatAndPhone({ principal, device, origin }, chat, search)
      : yield* searchChat(device.deviceNumber, chat, search)
  })

export const chatRoutes: readonly Route[] = [
  call({
    path: "/chat/getClassInfo",
    summary: "Get a chat",
    ...common,
    run: ({ chatId }, on) =>
      isChannelJid(chatId)
        ? Effect.map(channelModelOf(on, chatId), (chat) => ({ chat }))
        : Effect.gen(function* () {
            const [chat] = yield* chatModels(on, [yield* knownChat(on, chatId)])
            return { chat }
          })
  }),
  call({
    path: "/chat/fetchMessages",
    summary: "List messages of a chat, the oldest first",
    fields: { chatId: ChatId, searchOptions },
    example: { chatId, searchOptions: { limit: 20 } },
    run: ({ chatId, searchOptions = {} }, on) =>
      Effect.gen(function* () {
        const found = yield* fetchMessages(on, chatId, searchOptions)
        return { messages: yield* messageModels(on, found) }
      })
  }),
  call({
    path: "/chat/getContact",
    summary: "Get the contact, or the group, of a chat",
    ...common,
    run: ({ chatId }, on) =>
      Effect.gen(function* () {
        const contact = yield* findContactModel(on, jidOfChat(yield* knownChat(on, chatId)))
        return { contact: contact ?? (yield* Effect.fail(new Refusal(500, "Contact not found"))) }
      })
  }),
  call({
    path: "/chat/clearMessages",
    summary: "Delete the messages of a chat, for this account",
    scope: "manage",
    ...common,
    run: ({ chatId: chat }, on) =>
      Effect.flatMap(newest(on, chat), (newest) =>
        Effect.as(operateOn(on, "chat.clear", { chat, newest }), { result: true })
      )
  }),
  call({
    path: "/chat/delete",
    summary: "Delete a chat, for this account",
    scope: "manage",
    fields: common.fields,
    example: { chatId: UNKNOWN },
    exampleStatus: 404,
    run: ({ chatId: chat }, on) =>
      Effect.flatMap(newest(on, chat), (newest) =>
        Effect.as(operateOn(on, "chat.delete", { chat, newest }), { result: true })
      )
  }),
  call({
    path: "/chat/clearState",
    summary: "Stop showing that the account types or records",
    scope: "send",
    ...common,
    run: ({ chatId }, on) => shows("paused", on, chatId)
  }),
  call({
    path: "/chat/sendStateRecording",
    summary: "Show for 25 seconds that the account records",
    scope: "send",
    ...common,
    run: ({ chatId }, on) => shows("recording", on, chatId)
  }),
  call({
    path: "/chat/sendStateTyping",
    summary: "Show for 25 seconds that the account types",
    scope: "send",
    ...common,
    run: ({ chatId }, on) => shows("composing", on, chatId)
  }),
  call({
    path: "/chat/sendSeen",
    summary: "Tell the other side that its messages were read",
    scope: "send",
    ...common,
    run: ({ chatId }, on) =>
      Effect.andThen(
        knownChat(on, chatId),
        Effect.map(sendSeen(on, chatId), (result) => ({ result }))
      )
  }),
  call({
    path: "/chat/markUnread",
    summary: "Mark a chat as unread",
    scope: "manage",
    ...common,
    run: ({ chatId: chat }, on) =>
      Effect.flatMap(newest(on, chat), (newest) =>
        Effect.as(operateOn(on, "chat.mark", { chat, newest, unread: true }), {})
      )
  }),
  call({
    path: "/chat/syncHistory",
    summary: "Ask the phone for older messages of a chat",
    ...common,
    run: ({ chatId }, on) => Effect.map(syncHistory(on, chatId), (result) => ({ result }))
  }),
  call({
    path: "/chat/getLabels",
    summary: "List the labels of a chat",
    ...common,
    run: ({ chatId }, on) =>
      Effect.andThen(
        knownChat(on, chatId),
        Effect.map(chatLabels(on, chatId), (labels) => ({ labels }))
      )
  }),
  call({
    path: "/chat/changeLabels",
    summary: "Give a chat these labels and no others",
    scope: "manage",
    fields: { chatId: ChatId, labelIds: LabelIds },
    example: { chatId, labelIds: [] },
    run: ({ chatId, labelIds }, on) =>
      Effect.andThen(knownChat(on, chatId), Effect.as(setChatLabels(on, chatId, labelIds), {}))
  })
]
