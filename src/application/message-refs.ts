/** Finds what operations are about: a message of a chat, and the newest messages of a chat. */
import { Effect } from "effect"
import type { ChatMessage } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import type { MessageRef } from "../whatsapp/operations/fields.ts"
import { findChat, keysOf } from "./chats.ts"
import { MessageNotFound } from "./messages.ts"

/** The message of this id in this chat, as the chat lists it; of several that others wrote, the oldest. */
export const findInChat = (deviceNumber: number, chat: string, messageId: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const found = yield* roster.messages.withId(deviceNumber, yield* keysOf(deviceNumber, chat), messageId)
    const message = found.find(({ from_me }) => from_me === 1) ?? found[0]
    return message ?? (yield* new MessageNotFound({ messageId }))
  })

/** The same as operations name it. */
export const messageRef = (deviceNumber: number, chat: string, messageId: string) =>
  Effect.map(findInChat(deviceNumber, chat, messageId), refOf)

/** The newest message of a chat, if there is one: up to it WhatsApp clears, archives or marks the chat. */
export const newestOf = (deviceNumber: number, chat: string) => newestMessages(deviceNumber, chat, { limit: 1 })

/** The newest messages that others wrote and the owner has not read, at most `limit`. */
export const unreadOf = (deviceNumber: number, chat: string, limit: number) =>
  Effect.gen(function* () {
    const { main } = yield* findChat(deviceNumber, chat)
    const unread = Math.min(main.unread, limit)
    return unread === 0 ? [] : yield* newestMessages(deviceNumber, chat, { limit: unread, isReceived: true })
  })

const newestMessages = (
  deviceNumber: number,
  chat: string,
  page: { readonly limit: number; readonly isReceived?: true }
) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { keys, gone } = yield* findChat(deviceNumber, chat)
    const after = gone === null ? {} : { after: gone }
    const found = yield* roster.chats.messages(deviceNumber, keys, { before: undefined, ...page, ...after })
    return found.map(refOf)
  })

const refOf = ({ message_id: messageId, from_me, sender, sent_at: sentAt }: ChatMessage): MessageRef => ({
  messageId,
  fromMe: from_me === 1,
  sender: from_me === 1 ? null : sender,
  sentAt
})
