/** Messages of a chat as WhatsApp wants them named when something is done to the chat. */
import { Effect } from "effect"
import type { Device } from "../store/devices.ts"
import type { ChatMessage } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import type { MessageRef } from "../whatsapp/operations/fields.ts"
import { findChat } from "./chats.ts"

/** WhatsApp wants the newest message, and those before it of the same second. */
const NEWEST = 5
/** Of one receipt. */
const UNREAD_MAX = 500

export const refOf = ({ message_id, from_me, sender, sent_at }: ChatMessage): MessageRef => ({
  messageId: message_id,
  fromMe: from_me === 1,
  sender: from_me === 1 ? null : sender,
  sentAt: sent_at
})

/** The newest messages of a chat, the newest first. */
export const newestMessages = ({ deviceNumber }: Pick<Device, "deviceNumber">, chat: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { keys } = yield* findChat(deviceNumber, chat)
    const found = yield* roster.chats.messages(deviceNumber, keys, { before: undefined, limit: NEWEST })
    return found.map(refOf)
  })

/** The messages of a chat that its owner has not read, the newest first. */
export const unreadMessages = ({ deviceNumber }: Pick<Device, "deviceNumber">, chat: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { main, keys } = yield* findChat(deviceNumber, chat)
    const limit = Math.min(main.unread, UNREAD_MAX)
    if (limit === 0) return { isMarked: main.isMarkedUnread, messages: [] }
    const found = yield* roster.chats.messages(deviceNumber, keys, { before: undefined, isReceived: true, limit })
    return { isMarked: main.isMarkedUnread, messages: found.map(refOf) }
  })
