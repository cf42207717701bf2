/** Channels as WhatsApp and the store have them, as this dialect's models. */
import { Effect } from "effect"
import { getChat } from "../../../application/chats.ts"
import { isChannelJid } from "../../../whatsapp/jid.ts"
import { OperationRefused } from "../../../whatsapp/operations/failures.ts"
import { Refusal } from "./answers.ts"
import { type OnSession, operateOn } from "./call.ts"
import { chatModels } from "./chat-lookup.ts"
import { channelModel } from "./models/channel.ts"

const notFound = new Refusal(404, "Channel not Found")
const notAChannel = new Refusal(400, "The chat is not a channel")

/** WhatsApp says of a channel that is not there, or was deleted, that it cannot be found. */
const MISSING = 404

/** Fails where the id is no channel's. */
export const channelOf = (chatId: string) => (isChannelJid(chatId) ? Effect.succeed(chatId) : Effect.fail(notAChannel))

/** What WhatsApp says of a channel. */
export const channelInfo = (on: OnSession, chatId: string) =>
  Effect.gen(function* () {
    const channel = yield* channelOf(chatId)
    return yield* operateOn(on, "channel.get", { channel }).pipe(
      Effect.catchIf(
        (failure) => failure instanceof OperationRefused && failure.whatsappCode === MISSING,
        () => Effect.fail(notFound)
      )
    )
  })

/** With what the store knows of its posts. */
export const channelModelOf = (on: OnSession, chatId: string) =>
  Effect.gen(function* () {
    const { principal, device } = on
    const model = channelModel(yield* channelInfo(on, chatId))
    const chat = yield* getChat(principal, device.id, chatId).pipe(
      Effect.catchTag("ChatNotFound", () => Effect.succeed(undefined))
    )
    if (chat === undefined) return model
    const [of] = yield* chatModels(on, [chat])
    if (of === undefined) return model
    const { unreadCount, timestamp, lastMessage } = of
    return {
      ...model,
      unreadCount,
      timestamp: Math.max(timestamp, model.timestamp ?? 0),
      ...(lastMessage === undefined ? {} : { lastMessage })
    }
  })
