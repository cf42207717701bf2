/** Groups as the store has them, as this dialect's models. */
import { Clock, Effect } from "effect"
import { getChat } from "../../../application/chats.ts"
import { viewGroups } from "../../../application/groups.ts"
import { isGroupJid } from "../../../whatsapp/jid.ts"
import { Refusal } from "./answers.ts"
import type { OnSession } from "./call.ts"
import { chatModel } from "../../../webhooks/formats/wwebjs-chat.ts"
import { emptyChat } from "./models/empty-chat.ts"

const notAGroup = new Refusal(500, "The chat is not a group")

/** Fails where the id is no group's. */
export const groupOf = (chatId: string) => (isGroupJid(chatId) ? Effect.succeed(chatId) : Effect.fail(notAGroup))

/** A group that the session knows, with its members. */
export const groupModelOf = ({ principal, device }: OnSession, chatId: string) =>
  Effect.gen(function* () {
    const { deviceNumber } = device
    const id = yield* groupOf(chatId)
    const view = (yield* viewGroups(deviceNumber, [id])).get(id)
    if (view === undefined) return yield* Effect.fail(notAGroup)
    // In a new group nothing was written yet.
    const chat = yield* getChat(principal, device.id, id).pipe(
      Effect.catchTag("ChatNotFound", () => Effect.succeed(emptyChat(id, null, view.group.subject)))
    )
    return chatModel(chat, device, yield* Clock.currentTimeMillis, view)
  })
