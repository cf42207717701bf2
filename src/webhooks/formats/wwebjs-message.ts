/** Messages and reactions in the form of wwebjs' JSON models. Pure. */
import type { MessageContext } from "../../events/context.ts"
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
    const { messageId, content, context } = event.data
    return modelOf({ id: messageId, chat, own, fromMe: true, author: null, at: recordedAt, ack: 0, content, context })
  }
  const { fromMe, sender, senderAlt, sentAt, pushName } = event.data
  const id = "target" in event.data ? event.data.target : event.data.messageId
  const content: Content = event.type === "message.revoked" ? { kind: "text", text: "" } : event.data.content
  const isGroup = chat.endsWith("@g.us") || chat === STATUS
  const author = isGroup ? webJid(numbered(sender, senderAlt)) : null
  const context = event.type === "message.revoked" ? undefined : event.data.context
  return modelOf({ id, chat, own, fromMe, author, at: sentAt, ack: 1, content, context, pushName })
}

const ownJid = ({ number, id }: ToldDevice): string => (number === null ? id : `${number}@c.us`)

export interface Parts {
  readonly id: string
  readonly chat: string
  readonly own: string
  readonly fromMe: boolean
  /** Who wrote it, in a chat of several. */
  readonly author: string | null
  /** Epoch milliseconds. */
  readonly at: number
  /** WhatsApp Web's number for how far it came. */
  readonly ack: number
  readonly content: Content
  readonly context?: MessageContext | null | undefined
  /** How the sender calls themselves, where it is known. */
  readonly pushName?: string | null | undefined
}

const LINK = /https?:\/\/[^\s]+/g

/** The whole model, from whatever holds the message. */
export const modelOf = ({ id, chat, own, fromMe, author, at, ack, content, context, pushName }: Parts) => {
  const body = bodyOf(content)
  const { quoted, mentions = [], groupMentions = [], forwarded = 0, expiresInSeconds } = context ?? {}
  return {
    _data: detailsOf(content, pushName),
    ...mediaKeyOf(content),
    id: keyOf({ id, chat, fromMe, author }),
    ack,
    hasMedia: fileOf(content) !== undefined,
    body,
    type: typeOf(content),
    timestamp: Math.floor(at / 1_000),
    from: fromMe ? own : chat,
    to: fromMe ? chat : own,
    ...(author === null ? {} : { author }),
    deviceType: fromMe ? "web" : "unknown",
    isForwarded: forwarded > 0,
    forwardingScore: forwarded,
    isStatus: chat === STATUS,
    isStarred: false,
    broadcast: chat.endsWith("@broadcast"),
    fromMe,
    hasQuotedMsg: quoted !== undefined,
    hasReaction: false,
    ...durationOf(content),
    ...locationOf(content),
    vCards: content.kind === "contacts" ? content.contacts.map(({ vcard }) => vcard) : [],
    ...inviteOf(content, own, chat, fromMe),
    mentionedIds: mentions.map(({ jid, alt }) => webJid(numbered(jid, alt))),
    groupMentions: groupMentions.map(({ group, name }) => ({ groupSubject: name ?? "", groupJid: group })),
    ...(content.kind === "order" ? { orderId: content.orderId, token: content.token } : {}),
    isGif: content.kind === "video" && "animated" in content && content.animated,
    isEphemeral: (expiresInSeconds ?? 0) > 0,
    links: [...body.matchAll(LINK)].map(([link]) => ({ link, isSuspicious: false })),
    ...pollOf(content)
  }
}

/** What programs look up in whatsapp-web.js' raw data, which has no other place: the sender's name, and what the file is. */
const detailsOf = (content: Content, pushName: string | null | undefined) => {
  const file = fileOf(content)
  return {
    ...(pushName ? { notifyName: pushName } : {}),
    ...(file === undefined ? {} : { mimetype: file.mimetype, size: file.bytes, filename: file.filename })
  }
}

const mediaKeyOf = (content: Content) =>
  "remote" in content && content.remote.mediaKey !== null ? { mediaKey: content.remote.mediaKey } : {}

const durationOf = (content: Content) =>
  "seconds" in content && content.seconds !== undefined && (content.kind === "audio" || content.kind === "video")
    ? { duration: String(content.seconds) }
    : {}

const locationOf = (content: Content) => {
  if (content.kind !== "location") return {}
  const { latitude, longitude, name, address, url } = content
  return {
    location: { latitude, longitude, name, address, url, description: [name, address].filter(Boolean).join("\n") }
  }
}

const inviteOf = (content: Content, own: string, chat: string, fromMe: boolean) => {
  if (content.kind !== "groupInvite") return {}
  const { code, expiresAt, group, name } = content
  return {
    inviteV4: {
      inviteCode: code,
      inviteCodeExp: expiresAt === null ? null : Math.floor(expiresAt / 1_000),
      groupId: group,
      groupName: name,
      fromId: fromMe ? own : chat,
      toId: fromMe ? chat : own
    }
  }
}

const pollOf = (content: Content) =>
  content.kind === "poll"
    ? {
        pollName: content.name,
        pollOptions: content.options.map((name, localId) => ({ name, localId })),
        allowMultipleAnswers: content.selectableMax !== 1
      }
    : {}

interface KeyParts {
  readonly id: string
  readonly chat: string
  readonly fromMe: boolean
  readonly author: string | null
}

export const keyOf = ({ id, chat, fromMe, author }: KeyParts) => ({
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
