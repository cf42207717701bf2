/** Messages and reactions in the form of wwebjs' JSON models. Pure. */
import type { MessageEvent } from "../../events/message.ts"
import { bodyOf, type Content, fileOf, numbered, typeOf, webJid } from "./content.ts"
import type { ToldDevice } from "./format.ts"

type Sent = Extract<MessageEvent, { type: "message.queued" }>
type Received = Extract<
  MessageEvent,
  { type: "message.received" | "message.resent" | "message.edited" | "message.revoked" }
>
type Reacted = Extract<MessageEvent, { type: "message.reacted" }>

export type Message = ReturnType<typeof modelOf>

/** Status messages of contacts arrive in this chat. */
const STATUS = "status@broadcast"

/** An edit and a deletion have the id of the message that they change. `recordedAt`: when a message that is sent from here was queued. */
export const messageOf = (event: Sent | Received, device: ToldDevice, recordedAt: number) => {
  const { data } = event
  const chat = webJid(numbered(data.chat, data.chatAlt))
  const own = ownJid(device)
  if (event.type === "message.queued") {
    const { messageId, content } = event.data
    return modelOf({ id: messageId, chat, own, fromMe: true, author: null, at: recordedAt, isNew: true, content })
  }
  const { fromMe, sender, senderAlt, sentAt } = event.data
  const id = "target" in event.data ? event.data.target : event.data.messageId
  const content: Content = event.type === "message.revoked" ? { kind: "text", text: "" } : event.data.content
  const isGroup = chat.endsWith("@g.us") || chat === STATUS
  const author = isGroup ? webJid(numbered(sender, senderAlt)) : null
  return modelOf({ id, chat, own, fromMe, author, at: sentAt, isNew: false, content })
}

const ownJid = ({ number, id }: ToldDevice): string => (number === null ? id : `${number}@c.us`)

interface Parts {
  readonly id: string
  readonly chat: string
  readonly own: string
  readonly fromMe: boolean
  /** Who wrote it, in a chat of several. */
  readonly author: string | null
  /** Epoch milliseconds. */
  readonly at: number
  /** WhatsApp has not got it yet. */
  readonly isNew: boolean
  readonly content: Content
}

const LINK = /https?:\/\/[^\s]+/g

const modelOf = ({ id, chat, own, fromMe, author, at, isNew, content }: Parts) => {
  const body = bodyOf(content)
  return {
    id: keyOf({ id, chat, fromMe, author }),
    ack: isNew ? 0 : 1,
    hasMedia: fileOf(content) !== undefined,
    body,
    type: typeOf(content),
    timestamp: Math.floor(at / 1_000),
    from: fromMe ? own : chat,
    to: fromMe ? chat : own,
    ...(author === null ? {} : { author }),
    deviceType: fromMe ? "web" : "unknown",
    isForwarded: false,
    forwardingScore: 0,
    isStatus: chat === STATUS,
    isStarred: false,
    broadcast: chat.endsWith("@broadcast"),
    fromMe,
    hasQuotedMsg: false,
    hasReaction: false,
    vCards: [],
    mentionedIds: [],
    groupMentions: [],
    isGif: false,
    isEphemeral: false,
    links: [...body.matchAll(LINK)].map(([link]) => ({ link, isSuspicious: false }))
  }
}

interface KeyParts {
  readonly id: string
  readonly chat: string
  readonly fromMe: boolean
  readonly author: string | null
}

const keyOf = ({ id, chat, fromMe, author }: KeyParts) => ({
  fromMe,
  remote: chat,
  id,
  ...(author === null ? {} : { participant: author }),
  _serialized: [fromMe, chat, id, ...(author === null ? [] : [author])].join("_")
})

/** `msgId` names the message; whether it is one's own is not known here. */
export const reactionOf = ({ data }: Reacted, device: ToldDevice) => {
  const chat = webJid(numbered(data.chat, data.chatAlt))
  const sender = webJid(numbered(data.sender, data.senderAlt))
  const author = chat.endsWith("@g.us") ? sender : null
  return {
    id: keyOf({ id: data.messageId, chat, fromMe: data.fromMe, author }),
    orphan: 0,
    orphanReason: null,
    timestamp: Math.floor(data.sentAt / 1_000),
    reaction: data.emoji ?? "",
    read: false,
    msgId: keyOf({ id: data.target, chat, fromMe: false, author: null }),
    senderId: data.fromMe ? ownJid(device) : sender,
    ack: 1
  }
}
