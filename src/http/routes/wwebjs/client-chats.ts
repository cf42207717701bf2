/** `/client/…`: chats. */
import { Effect, Schema } from "effect"
import { countPinned, getChat } from "../../../application/chats.ts"
import { newestOf, unreadOf } from "../../../application/message-refs.ts"
import { requestHistory } from "../../../application/older-messages.ts"
import { FOR_EVER } from "../../../events/chat.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import { isChannelJid } from "../../../whatsapp/jid.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { call, type OnSession, operateOn } from "./call.ts"
import { chatModels, chatNotFound, knownChat, listedChats } from "./chat-lookup.ts"
import { ChatId, optional } from "./fields.ts"
import { channelModel } from "./models/channel.ts"

const chatId = `${EXAMPLE.contact}@c.us`
const example = { chatId }
const fields = { chatId: ChatId }
/** WhatsApp lets so many chats be pinned. */
const PINNED_MAX = 3
/** Of one receipt. */
const UNREAD_MAX = 500
/** Phones give no more at once. */
const HISTORY_COUNT = 50

const newest = (on: OnSession, chat: string) =>
  newestOf(on.device.deviceNumber, chat).pipe(Effect.catchTag("ChatNotFound", () => Effect.fail(chatNotFound)))

const archive = (on: OnSession, chat: string, archived: boolean) =>
  Effect.flatMap(newest(on, chat), (newest) => operateOn(on, "chat.archive", { chat, newest, archived }))

const channelChat = (on: OnSession, channel: string) =>
  operateOn(on, "channel.get", { channel }).pipe(
    Effect.map((info) => ({ chat: channelModel(info) })),
    Effect.catchIf(
      (failure) => failure instanceof OperationRefused && failure.whatsappCode === 404,
      () => Effect.fail(chatNotFound)
    )
  )

/** Tells the senders that what came was read. False for a chat that is not known. */
export const sendSeen = (on: OnSession, chat: string) =>
  Effect.gen(function* () {
    const { principal, device } = on
    const { isMarkedUnread } = yield* getChat(principal, device.id, chat)
    const messages = yield* unreadOf(device.deviceNumber, chat, UNREAD_MAX)
    if (messages.length > 0) yield* operateOn(on, "message.read", { chat, messages })
    if (isMarkedUnread) {
      const newest = yield* newestOf(device.deviceNumber, chat)
      yield* operateOn(on, "chat.mark", { chat, newest, unread: false })
    }
    return true
  }).pipe(Effect.catchTag("ChatNotFound", () => Effect.succeed(false)))

/** Asks the phone for older messages of a chat; they are recorded when they come. False where there is none to begin from. */
export const syncHistory = ({ principal, device, origin }: OnSession, chat: string) =>
  requestHistory(principal, device.id, { chat, count: HISTORY_COUNT, waitMs: 0, origin }).pipe(
    Effect.as(true),
    Effect.catchTag("NoMessageYet", () => Effect.succeed(false))
  )

/** Seconds since 1970, as a number or as digits, or a date. Without one: until it is taken back. */
const mutedUntil = (given: string | number | null | undefined): number | undefined => {
  if (given === undefined || given === null) return FOR_EVER
  const ms = /^-?\d+(\.\d+)?$/.test(String(given)) ? Number(given) * 1_000 : Date.parse(String(given))
  if (ms < 0) return FOR_EVER
  return Number.isSafeInteger(Math.round(ms)) ? Math.round(ms) : undefined
}

export const clientChatRoutes: readonly Route[] = [
  call({
    path: "/client/archiveChat",
    summary: "Move a chat into the archive",
    scope: "manage",
    fields,
    example,
    run: ({ chatId }, on) => Effect.as(archive(on, chatId, true), { result: true })
  }),
  call({
    path: "/client/unarchiveChat",
    summary: "Move a chat out of the archive",
    scope: "manage",
    fields,
    example,
    run: ({ chatId }, on) => Effect.as(archive(on, chatId, false), { result: false })
  }),
  call({
    path: "/client/getChatById",
    summary: "Get a chat, a group or a channel",
    fields,
    example,
    run: ({ chatId }, on) =>
      isChannelJid(chatId)
        ? channelChat(on, chatId)
        : Effect.gen(function* () {
            const [chat] = yield* chatModels(on, [yield* knownChat(on, chatId)])
            return { chat }
          })
  }),
  call({
    path: "/client/getChats",
    method: "GET",
    summary: "List the chats",
    run: (_fields, on) => Effect.map(listedChats(on), (chats) => ({ chats }))
  }),
  call({
    path: "/client/getChats",
    summary: "List the chats that fit",
    fields: {
      searchOptions: optional(
        Schema.Struct({
          since: optional(
            Schema.Finite.annotate({ description: "Only chats with a message since then, epoch seconds." })
          ),
          unread: optional(Schema.Boolean.annotate({ description: "True: only chats with unread messages." }))
        })
      )
    },
    example: { searchOptions: { unread: false } },
    run: ({ searchOptions: { since, unread = false } = {} }, on) =>
      Effect.map(
        listedChats(
          on,
          (chat) => !unread || chat.unread > 0 || chat.isMarkedUnread,
          since === undefined ? undefined : Math.floor(since * 1_000)
        ),
        (chats) => ({ chats })
      )
  }),
  call({
    path: "/client/markChatUnread",
    summary: "Mark a chat as unread",
    scope: "manage",
    fields,
    example,
    run: ({ chatId: chat }, on) =>
      Effect.flatMap(newest(on, chat), (newest) =>
        Effect.as(operateOn(on, "chat.mark", { chat, newest, unread: true }), {})
      )
  }),
  call({
    path: "/client/muteChat",
    summary: "Mute a chat",
    scope: "manage",
    fields: {
      ...fields,
      unmuteDate: optional(
        Schema.NullOr(Schema.Union([Schema.Finite, Schema.String])).annotate({
          description: "Until when: epoch seconds, or a date. By default until it is taken back."
        })
      )
    },
    example: { chatId, unmuteDate: 4_102_444_800 },
    run: ({ chatId: chat, unmuteDate }, on) =>
      Effect.gen(function* () {
        const until = mutedUntil(unmuteDate)
        if (until === undefined)
          return yield* Effect.fail(new Refusal(400, "unmuteDate must be epoch seconds or a date"))
        yield* operateOn(on, "chat.mute", { chat, until })
        return {}
      })
  }),
  call({
    path: "/client/unmuteChat",
    summary: "Unmute a chat",
    scope: "manage",
    fields,
    example,
    run: ({ chatId: chat }, on) =>
      Effect.as(operateOn(on, "chat.mute", { chat, until: null }), { result: { isMuted: false, muteExpiration: 0 } })
  }),
  call({
    path: "/client/pinChat",
    summary: "Pin a chat to the top",
    scope: "manage",
    fields,
    example,
    run: ({ chatId: chat }, on) =>
      Effect.gen(function* () {
        const { pinnedAt } = yield* knownChat(on, chat)
        if (pinnedAt !== null) return { result: true }
        if ((yield* countPinned(on.device)) >= PINNED_MAX) return { result: false }
        yield* operateOn(on, "chat.pin", { chat, pinned: true })
        return { result: true }
      })
  }),
  call({
    path: "/client/unpinChat",
    summary: "Unpin a chat",
    scope: "manage",
    fields,
    example,
    run: ({ chatId: chat }, on) => Effect.as(operateOn(on, "chat.pin", { chat, pinned: false }), { result: false })
  }),
  call({
    path: "/client/sendSeen",
    summary: "Tell the other side that its messages were read",
    scope: "send",
    fields,
    example,
    run: ({ chatId }, on) => Effect.map(sendSeen(on, chatId), (result) => ({ result }))
  }),
  call({
    path: "/client/syncHistory",
    summary: "Ask the phone for older messages of a chat",
    fields,
    example,
    run: ({ chatId }, on) =>
      Effect.map(
        syncHistory(on, chatId).pipe(Effect.catchTag("ChatNotFound", () => Effect.succeed(false))),
        (result) => ({ result })
      )
  })
]
