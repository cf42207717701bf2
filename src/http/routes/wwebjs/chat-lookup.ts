/** Chats as the store has them, as this dialect's models. */
import { Clock, Effect } from "effect"
import { type ChatView, getChat, listChats } from "../../../application/chats.ts"
import { viewGroups } from "../../../application/groups.ts"
import { lastMessages } from "../../../application/last-messages.ts"
import { Refusal } from "./answers.ts"
import type { OnSession } from "./call.ts"
import { chatModel } from "../../../webhooks/formats/wwebjs-chat.ts"

/** wwebjs-api has no pages. */
export const LISTED_MAX = 5_000
const PAGE = 200

export const chatModels = ({ device }: OnSession, chats: readonly ChatView[]) =>
  Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis
    const ids = chats.filter(({ kind }) => kind === "group").map(({ key }) => key)
    const groups = yield* viewGroups(device.deviceNumber, ids)
    const last = yield* lastMessages(device.deviceNumber, chats)
    return chats.map((chat) => chatModel(chat, device, now, groups.get(chat.key), last.get(chat.key)))
  })

/** WhatsApp Web keeps channels and the status apart. */
const isListed = ({ kind }: ChatView): boolean => kind !== "channel" && kind !== "other"

/** The chats of the session that fit, the last active first. */
export const listedChats = (on: OnSession, fits: (chat: ChatView) => boolean = () => true, activeSince?: number) =>
  Effect.gen(function* () {
    const models: object[] = []
    let after: { readonly activeAt: number; readonly key: string } | undefined
    do {
      const page = { after, limit: PAGE, activeSince }
      const { chats, next } = yield* listChats(on.principal, on.device.id, page)
      models.push(
        ...(yield* chatModels(
          on,
          chats.filter((chat) => isListed(chat) && fits(chat))
        ))
      )
      after = next
    } while (after !== undefined && models.length < LISTED_MAX)
    return models.slice(0, LISTED_MAX)
  })

export const chatNotFound = new Refusal(500, "Chat not found")

/** A chat of the session; fails as `/client/…` does. */
export const knownChat = ({ principal, device }: OnSession, jid: string) =>
  getChat(principal, device.id, jid).pipe(Effect.catchTag("ChatNotFound", () => Effect.fail(chatNotFound)))
