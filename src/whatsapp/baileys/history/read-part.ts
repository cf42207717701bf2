/** Reads a part of the history piece by piece: what it says of the whole account, then each chat with its messages, the oldest first. */
import { proto } from "@whiskeysockets/baileys"
import { fieldsOf } from "./protobuf-fields.ts"

export type Piece =
  /** Names of people, and everything else that is not in a chat. */
  | { readonly type: "account"; readonly sync: proto.HistorySync }
  /** A chat, without its messages; they follow. */
  | { readonly type: "chat"; readonly chat: proto.Conversation }
  | { readonly type: "message"; readonly chat: proto.Conversation; readonly message: proto.IWebMessageInfo }

/** Numbers of fields in WhatsApp's protobuf. */
const HISTORY = { conversations: 2, statuses: 3 } as const
const CONVERSATION = { messages: 2 } as const

/** Throws where the bytes are no part of a history. */
export function* piecesOf(bytes: Uint8Array): Generator<Piece> {
  const outside: Uint8Array[] = []
  const chats: Uint8Array[] = []
  for (const { number, whole, content } of fieldsOf(bytes)) {
    if (number === HISTORY.conversations) chats.push(content)
    else if (number !== HISTORY.statuses) outside.push(whole)
  }
  yield { type: "account", sync: proto.HistorySync.decode(Buffer.concat(outside)) }
  for (const chat of chats) yield* piecesOfChat(chat)
}

function* piecesOfChat(bytes: Uint8Array): Generator<Piece> {
  const outside: Uint8Array[] = []
  const messages: Uint8Array[] = []
  for (const { number, whole, content } of fieldsOf(bytes)) {
    if (number === CONVERSATION.messages) messages.push(content)
    else outside.push(whole)
  }
  const chat = proto.Conversation.decode(Buffer.concat(outside))
  yield { type: "chat", chat }
  // A phone writes the newest first.
  for (const each of messages.toReversed()) {
    const { message } = proto.HistorySyncMsg.decode(each)
    if (message) yield { type: "message", chat, message }
  }
}
