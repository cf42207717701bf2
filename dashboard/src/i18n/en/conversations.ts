/** Chats and messages, in English. */
import type { conversations as spanish } from "../es/conversations.ts"

export const conversations: Readonly<Record<keyof typeof spanish, string>> = {}
