/** Groups as the store has them, as this dialect's models. */
import { Effect } from "effect"
import { getChat } from "../../../application/chats.ts"
import { viewGroups } from "../../../application/groups.ts"
import { isGroupJid } from "../../../whatsapp/jid.ts"
import { Refusal } from "./answers.ts"
import type { OnSession } from "./call.ts"
import { chatModels } from "./chat-lookup.ts"
import { emptyChat } from "./models/empty-chat.ts"

const notAGroup = new Refusal(500, "The chat is not a group")

/** Fails where the id is no group's. */
export const groupOf = (chatId: string) => (isGroupJid(chatId) ? Effect.succeed(chatId) : Effect.fail(notAGroup))

/** A group that the session knows, with its members. */
export const groupModelOf = (on: OnSession, chatId: string) =>
  Effect.gen(function* () {
    const { principal, device } = on
    const { deviceNumber } = device
    const id = yield* groupOf(chatId)
    const view = (yield* viewGroups(deviceNumber, [id])).get(id)
    if (view === undefined) return yield* Effect.fail(notAGroup)
    // In a new group nothing was written yet.
    const chat = yield* getChat(principal, device.id, id).pipe(
      Effect.catchTag("ChatNotFound", () => Effect.succeed(emptyChat(id, null, view.group.subject)))
    )
    const [model] = yield* chatModels(on, [chat])
    return model ?? (yield* Effect.fail(notAGroup))
  })
