/**
 * The chat of a person with one other, as its phone shows it: what each of them wrote, and how far it came. Groups and channels are not in it.
 */
import type { proto } from "@whiskeysockets/baileys"
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
  readonly at: string | undefined
  readonly message: proto.IMessage
}

/** What a chat is made of. */
export interface ChatParts {
  readonly accounts: Accounts
  readonly inbox: Inbox
  readonly sent: readonly SentInChat[]
}

const TICKS: readonly Tick[] = ["sent", "delivered", "read", "played"]

/** The messages with another account, oldest first. */
export function conversationWith(other: Account, { accounts, inbox, sent }: ChatParts): ChatMessage[] {
  const received = inbox.messages
    .filter(({ group, channel }) => group === undefined && channel === undefined)
    .filter(({ chat, from, fromMe }) => (fromMe === true ? accounts.find(chat) === other : from === other.number))
    .map((message) => {
      const { id, fromMe = false, at } = message
      return entry({ id, fromMe, tick: fromMe ? ownTick(inbox, id, other.number) : inbox.tickOf(id), at }, message)
    })
  const written = sent
    .filter(({ to }) => accounts.find(to) === other)
    .flatMap(({ id, at = "", message }) => {
      const content = summarise(message)
      const tick = ownTick(inbox, id, other.number)
      return content === undefined ? [] : [entry({ id, fromMe: true, tick, at }, content)]
    })
  return [...received, ...written].sort((one, next) => (one.at < next.at ? -1 : one.at > next.at ? 1 : 0))
}

function entry(of: Omit<ChatMessage, keyof MessageSummary>, { type, text, filename }: MessageSummary): ChatMessage {
  return { ...of, type, ...(text === undefined ? {} : { text }), ...(filename === undefined ? {} : { filename }) }
}

/** The furthest that the other side's receipts for an own message tell. */
function ownTick({ receipts }: Inbox, id: string, by: string): Tick {
  const ranks = receipts.filter((receipt) => receipt.id === id && receipt.from === by).map(({ type }) => rankOf(type))
  return TICKS[Math.max(0, ...ranks)] ?? "sent"
}

function rankOf(receipt: string): number {
  if (receipt === "played") return 3
  if (receipt === "read" || receipt === "read-self") return 2
  return receipt === "delivery" || receipt === "inactive" ? 1 : 0
}
