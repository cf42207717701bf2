/** Channels as WhatsApp and the store have them, as this dialect's models. */
import { Clock, Effect } from "effect"
import { getChat } from "../../../application/chats.ts"
import { isChannelJid } from "../../../whatsapp/jid.ts"
import type { ChannelInfo } from "../../../whatsapp/operations/channels.ts"
import type { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import { Refusal } from "./answers.ts"
import { type OnSession, operateOn } from "./call.ts"
import { channelModel } from "./models/channel.ts"
import { chatModel } from "./models/chat.ts"

const notFound = new Refusal(404, "Channel not Found")
const notAChannel = new Refusal(400, "The chat is not a channel")

/** Fails where the id is no channel's. */
export const channelOf = (chatId: string) => (isChannelJid(chatId) ? Effect.succeed(chatId) : Effect.fail(notAChannel))

/** What WhatsApp says of a channel. */
export const channelInfo = (on: OnSession, chatId: string) =>
  Effect.gen(function* () {
    const channel = yield* channelOf(chatId)
    return yield* operateOn(on, "channel.get", { channel })
  }).pipe(Effect.catchTag("OperationRefused", orNotFound))

const MISSING: ReadonlySet<number> = new Set([400, 404, 410])

/** WhatsApp says of a channel that is not there, or was deleted, that it cannot be found. */
export const orNotFound = (refused: OperationRefused): Effect.Effect<never, OperationRefused | Refusal> =>
  Effect.fail(MISSING.has(refused.whatsappCode) ? notFound : refused)

export const viewChannel = ({ principal, device }: OnSession, info: ChannelInfo) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const chat = yield* getChat(principal, device.id, info.channel).pipe(
      Effect.catchTag("ChatNotFound", () => Effect.succeed(undefined))
    )
    const lastMessage = chat && chatModel(chat, device, now).lastMessage
    return channelModel({ info, chat, lastMessage }, now)
  })

export const channelModelOf = (on: OnSession, chatId: string) =>
  Effect.flatMap(channelInfo(on, chatId), (info) => viewChannel(on, info))
