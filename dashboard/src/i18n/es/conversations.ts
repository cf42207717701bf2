/** Chats and messages, in Spanish. */
export const conversations = {}
