/**
 * The chat of a person with one other, as its phone shows it: what each of them wrote, and how far it came. Groups and channels are not in it.
 */
import { proto } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Inbox } from "./inbox.ts"
import { type MessageSummary, summarise } from "./message-summary.ts"

/** How far a message came: with the server, on the recipient's phone, read, listened to. */
export type Tick = "sent" | "delivered" | "read" | "played"

/** One message of a chat. */
export interface ChatMessage extends Pick<MessageSummary, "type" | "text" | "filename"> {
  readonly id: string
  /** Whether this person wrote it. */
  readonly fromMe: boolean
  readonly tick: Tick
  /** ISO 8601. */
  readonly at: string
}

/** A message that a handset sent. Those that older state folders kept have no time. */
export interface SentInChat {
  readonly id: string
  readonly to: string
  readonly at?: string
  /** The encoded Message. */
  readonly raw: Uint8Array
}

/** What a chat is made of. */
export interface ChatParts {
  readonly accounts: Accounts
  readonly inbox: Inbox
  readonly sent: readonly SentInChat[]
}

/** A text is cut there, so that an answer with the last hundred messages stays small. */
const TEXT_MAX = 4_096
const FILE_NAME_MAX = 255
const TICKS: readonly Tick[] = ["sent", "delivered", "read", "played"]

/** The last `max` messages with another account, oldest first. Their texts and file names are cut. */
export function conversationWith(other: Account, max: number, { accounts, inbox, sent }: ChatParts): ChatMessage[] {
  const received = inbox.messages
    .filter(({ group, channel }) => group === undefined && channel === undefined)
    .filter(({ chat, from, fromMe }) => (fromMe === true ? accounts.find(chat) === other : from === other.number))
    .map((message) => ({ id: message.id, at: message.at, fromMe: message.fromMe === true, read: () => message }))
  const written = sent
    .filter(({ to }) => accounts.find(to) === other)
    .map(({ id, at = "", raw }) => ({ id, at, fromMe: true, read: () => summarise(proto.Message.decode(raw)) }))
  const candidates = [...received, ...written].sort((one, next) => (one.at < next.at ? -1 : one.at > next.at ? 1 : 0))
  const ownTicks = ownTicksBy(other.number, inbox)
  const { seenTicks } = inbox
  const found: ChatMessage[] = []
  for (const { id, at, fromMe, read } of candidates.toReversed()) {
    if (found.length === max) break
    const content = read()
    if (content === undefined) continue
    const tick = fromMe ? (ownTicks.get(id) ?? "sent") : (seenTicks.get(id) ?? "delivered")
    found.push(entry({ id, fromMe, tick, at }, content))
  }
  return found.toReversed()
}

function entry(of: Omit<ChatMessage, keyof MessageSummary>, { type, text, filename }: MessageSummary): ChatMessage {
  return {
    ...of,
    type,
    ...(text === undefined ? {} : { text: cut(text, TEXT_MAX) }),
    ...(filename === undefined ? {} : { filename: cut(filename, FILE_NAME_MAX) })
  }
}

/** Without half of a character at the end. */
function cut(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\uD800-\uDBFF]$/, "")
}

/** The furthest that the other side's receipts for own messages tell, by message. */
function ownTicksBy(other: string, { receipts }: Inbox): ReadonlyMap<string, Tick> {
  const ranks = new Map<string, number>()
  for (const { id, from, type } of receipts) {
    if (from === other) ranks.set(id, Math.max(ranks.get(id) ?? 0, rankOf(type)))
  }
  return new Map([...ranks].map(([id, rank]) => [id, TICKS[rank] ?? "sent"]))
}

function rankOf(receipt: string): number {
  if (receipt === "played") return 3
  if (receipt === "read" || receipt === "read-self") return 2
  return receipt === "delivery" || receipt === "inactive" ? 1 : 0
}
