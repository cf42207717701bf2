/** The chats of a device, and the messages in them. */
import { call, upload, type Upload } from "./client.ts"
import type { Chat, ChatMessage, FoundMessage } from "./models.ts"

export interface Page<Item> {
  readonly items: readonly Item[]
  /** The `after` of the next page; null on the last. */
  readonly next: string | null
}

/** A text, or a file with its caption. */
export interface NewMessage {
  readonly to: string
  readonly text?: string
  readonly caption?: string
  /** The id of the message that it answers. */
  readonly quote?: string
}

/** What is needed of the gateway's answer to a message. */
export interface Taken {
  /** Chats list the message under it. */
  readonly id: string
}

export const CHATS_PAGE = 50
export const MESSAGES_PAGE = 50
/** The name of the file's part in a form. */
export const FILE_PART = "media"

const of = (device: string, ...rest: readonly string[]): string =>
  ["/v1/devices", ...[device, ...rest].map((part) => encodeURIComponent(part))].join("/")

const paged = (path: string, query: Readonly<Record<string, string | undefined>>): string => {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return `${path}?${new URLSearchParams(given).toString()}`
}

/** The last active first. */
export const getChats = (device: string, after?: string): Promise<Page<Chat>> =>
  call("GET", paged(of(device, "chats"), { limit: String(CHATS_PAGE), after }))

/** The owner pins a few to the top. */
export const getPinnedChats = (device: string): Promise<Page<Chat>> =>
  call("GET", paged(of(device, "chats"), { limit: String(CHATS_PAGE), pinned: "true" }))

/** `chat`: a telephone number, or the jid or LID of a person or a group. */
export const getChat = (device: string, chat: string): Promise<Chat> => call("GET", of(device, "chats", chat))

/** The newest first. */
export const getMessages = (device: string, chat: string, after?: string): Promise<Page<ChatMessage>> =>
  call("GET", paged(of(device, "chats", chat, "messages"), { limit: String(MESSAGES_PAGE), after }))

export const findMessages = (device: string, words: string, after?: string): Promise<Page<FoundMessage>> =>
  call("GET", paged(of(device, "search"), { q: words, after }))

export const sendingPath = (device: string): string => of(device, "messages")

/** `key`: a repeat with the same one is not sent again. */
export const sendText = (device: string, message: NewMessage, key: string): Promise<Taken> =>
  call("POST", sendingPath(device), message, { "idempotency-key": key })

export const sendFile = (
  device: string,
  message: NewMessage,
  file: File,
  key: string,
  progress: (sentBytes: number, bytes: number) => void
): Upload<Taken> => {
  const form = new FormData()
  for (const [name, value] of Object.entries(message)) form.append(name, value as string)
  form.append(FILE_PART, file, file.name)
  return upload(sendingPath(device), form, { "idempotency-key": key }, progress)
}

/** `emoji` null takes the reaction back. */
export const reactTo = (device: string, chat: string, message: string, emoji: string | null): Promise<undefined> => {
  const path = of(device, "chats", chat, "messages", message, "reaction")
  return emoji === null ? call("DELETE", path) : call("PUT", path, { emoji })
}

export const markRead = (device: string, chat: string): Promise<undefined> =>
  call("POST", of(device, "chats", chat, "read"), {})

/** Where the file of a message is. */
export const mediaPath = (message: string): string => `/v1/messages/${encodeURIComponent(message)}/media`
