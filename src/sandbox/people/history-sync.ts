/**
 * History sync: the past that a phone hands over to a companion at pairing, and on demand later (history.js, process-message.js).
 *
 * A short history is one part, inside its announcement. A long one comes as WhatsApp's phones send it: first every chat with its newest
 * messages, then the names that people gave themselves, then the rest of the messages in several parts. Those lie on the media servers.
 */
import { deflateSync } from "node:zlib"
import { isJidGroup, proto } from "@whiskeysockets/baileys"
import type { EncryptedUpload } from "../media/client.ts"
import type { Account, PastChat, PastMessage, PastPerson } from "../state/account.ts"
import { type Identity, jidOf, lidJid, lidUserOf, pnJid } from "../state/jid.ts"

type Announcement = proto.Message.IHistorySyncNotification

/** A longer history is handed over in parts. */
const SHORT_MAX = 1_000
/** Messages of each chat in the first part of a long history, and of all chats in each of the others. */
const NEWEST_EACH = 3
const PART_MESSAGES = 2_000

/** A part that lies on the media servers: its content, and what its announcement says of it. */
export interface LaterPart {
  readonly content: Uint8Array
  readonly about: Announcement
}

const { INITIAL_BOOTSTRAP, ON_DEMAND, PUSH_NAME, RECENT } = proto.Message.HistorySyncType

/** What a new companion gets at once: all of a short history, or the beginning of a long one. */
export function historyBootstrap(account: Account): proto.Message.IProtocolMessage {
  const about = { syncType: INITIAL_BOOTSTRAP, chunkOrder: 1, progress: isLong(account) ? 10 : 100 }
  const messages = isLong(account) ? newest(account.history, NEWEST_EACH) : account.history
  return inside(about, partOf(account, about, { messages, chats: account.chats ?? [], people: account.people ?? [] }))
}

/** The parts that follow, in order. */
export function laterParts(account: Account): LaterPart[] {
  return [...names(account), ...(isLong(account) ? recent(account) : [])]
}

function names(account: Account): LaterPart[] {
  const people = (account.people ?? []).filter(({ pushName }) => pushName !== undefined)
  if (people.length === 0) return []
  const about = { syncType: PUSH_NAME, chunkOrder: 1 }
  const pushnames = people.map(({ number, pushName }) => ({ id: jidIn(account, number), pushname: pushName }))
  return [{ about, content: deflated({ ...about, pushnames }) }]
}

function recent(account: Account): LaterPart[] {
  const first = new Set(newest(account.history, NEWEST_EACH))
  const rest = newestFirst(account.history.filter((message) => !first.has(message)))
  const count = Math.max(1, Math.ceil(rest.length / PART_MESSAGES))
  return Array.from({ length: count }, (_, part) => {
    const about = { syncType: RECENT, chunkOrder: part + 1, progress: Math.round(10 + (90 * (part + 1)) / count) }
    const messages = rest.slice(part * PART_MESSAGES, (part + 1) * PART_MESSAGES)
    const people = new Set(messages.map((message) => message.with))
    const chats = (account.chats ?? []).filter((chat) => people.has(chat.with))
    return { about, content: partOf(account, about, { messages, chats, people: [] }) }
  })
}

/** The announcement of a part that was uploaded. */
export function announcementOf({ about, content }: LaterPart, media: EncryptedUpload): proto.Message.IProtocolMessage {
  const { directPath, mediaKey, fileSha256, fileEncSha256 } = media
  return announced({ ...about, directPath, mediaKey, fileSha256, fileEncSha256, fileLength: content.length })
}

/** The answer to a request for older messages of one chat. */
export function historyOnDemand(
  account: Account,
  past: readonly PastMessage[],
  requestId: string
): proto.Message.IProtocolMessage {
  const about = { syncType: ON_DEMAND, peerDataRequestSessionId: requestId }
  return inside(about, partOf(account, about, { messages: past, chats: [], people: [] }))
}

interface Past {
  readonly messages: readonly PastMessage[]
  readonly chats: readonly PastChat[]
  readonly people: readonly PastPerson[]
}

const isLong = ({ history, chats = [], people = [] }: Account): boolean =>
  history.length + chats.length + people.length > SHORT_MAX

function partOf(account: Account, about: Announcement, { messages, chats, people }: Past): Uint8Array {
  const byChat = Map.groupBy(messages, (message) => message.with)
  const known = new Map(chats.map((chat) => [chat.with, chat]))
  const all = new Set([...known.keys(), ...byChat.keys()])
  const saved = new Map(people.map(({ number, name }) => [number, name]))
  const listed = new Set([...people.map(({ number }) => number), ...[...all].filter((chat) => !isJidGroup(chat))])
  return deflated({
    syncType: about.syncType ?? INITIAL_BOOTSTRAP,
    ...(about.progress === undefined ? {} : { progress: about.progress }),
    ...(about.chunkOrder === undefined ? {} : { chunkOrder: about.chunkOrder }),
    conversations: [...all].map((chat) =>
      conversation(account, known.get(chat) ?? { with: chat }, byChat.get(chat) ?? [], saved.get(chat))
    ),
    phoneNumberToLidMappings: [...listed].map((number) => {
      const identity = identityOf(number)
      return { pnJid: pnJid(identity), lidJid: lidJid(identity) }
    })
  })
}

function conversation(
  account: Account,
  chat: PastChat,
  messages: readonly PastMessage[],
  name: string | undefined
): proto.IConversation {
  const id = jidIn(account, chat.with)
  const isGroup = isJidGroup(chat.with) === true
  const identity = identityOf(chat.with)
  const sorted = newestFirst(messages)
  const lastAt = chat.lastAt ?? sorted[0]?.at
  return {
    id,
    name: chat.name ?? name ?? null,
    ...(isGroup ? {} : { lidJid: lidJid(identity), pnJid: pnJid(identity) }),
    ...(lastAt === undefined ? {} : { conversationTimestamp: lastAt }),
    unreadCount: chat.unread ?? 0,
    markedAsUnread: chat.markedUnread === true,
    archived: chat.archived === true,
    pinned: chat.pinnedAt ?? 0,
    ...(chat.mutedUntil === undefined ? {} : { muteEndTime: chat.mutedUntil }),
    messages: sorted.map((message) => ({
      message: webMessage(account, id, message)
    }))
  }
}

function webMessage(
  account: Account,
  remoteJid: string,
  { id, text, proto: message, info, fromMe, author, at }: PastMessage
): proto.IWebMessageInfo {
  const participant = author === undefined ? {} : { participant: jidOf(account.addressing, identityOf(author)) }
  return proto.WebMessageInfo.fromObject({
    ...info,
    key: { remoteJid, fromMe, id, ...participant },
    message: message ?? { conversation: text ?? "" },
    messageTimestamp: at
  })
}

/** As the phone addresses it. A group's jid is its own. */
const jidIn = (account: Account, number: string): string =>
  isJidGroup(number) === true ? number : jidOf(account.addressing, identityOf(number))

/** Of any number, on the network or not. */
const identityOf = (number: string): Identity => ({ number, lid: lidUserOf(number) })

const newestFirst = (messages: readonly PastMessage[]): readonly PastMessage[] =>
  messages.toSorted((one, other) => other.at - one.at)

const newest = (messages: readonly PastMessage[], each: number): readonly PastMessage[] =>
  [...Map.groupBy(messages, (message) => message.with).values()].flatMap((of) => newestFirst(of).slice(0, each))

const deflated = (sync: Record<string, unknown>): Uint8Array =>
  deflateSync(proto.HistorySync.encode(proto.HistorySync.fromObject(sync)).finish())

const inside = (about: Announcement, content: Uint8Array): proto.Message.IProtocolMessage =>
  announced({ ...about, initialHistBootstrapInlinePayload: content })

const announced = (announcement: Announcement): proto.Message.IProtocolMessage => ({
  type: proto.Message.ProtocolMessage.Type.HISTORY_SYNC_NOTIFICATION,
  historySyncNotification: announcement
})
