/** What the account does to messages that are there. */
import { type BinaryNode, proto, type WAMessageKey } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { optionHash } from "../../../events/content.ts"
import { isChannelJid, isGroupJid } from "../../jid.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { done, type MessageRef } from "../../operations/fields.ts"
import type { messageOperations } from "../../operations/messages.ts"
import type { Original } from "../../whatsapp.ts"
import { accountOf } from "../jid.ts"
import { seal } from "../receiving/sealed.ts"
import { mentioningGroups } from "../sending/add-context.ts"
import { addressOf, chatNamed, keyOf, ownName } from "./addressing.ts"
import { changeAppState } from "./app-state.ts"
import { changePost, reactToPost } from "./channel-posts.ts"
import type { HandlersOf, OperationContext } from "./handler.ts"
import { relay } from "./relay.ts"

const { REVOKE, MESSAGE_EDIT } = proto.Message.ProtocolMessage.Type
const { PIN_FOR_ALL, UNPIN_FOR_ALL } = proto.Message.PinInChatMessage.Type
const VOTE: BinaryNode = { tag: "meta", attrs: { polltype: "vote" } }

/** Phones take an edit no later (whatsmeow's EditWindow). */
const EDIT_MAX_MS = 20 * 60_000

export const messageHandlers: HandlersOf<typeof messageOperations> = {
  "message.react": async ({ chat, message, emoji }, context) => {
    const { to, key } = await found(context, chat, message)
    const reactionMessage = { key, text: emoji ?? "", senderTimestampMs: Date.now() }
    if (isChannelJid(to)) await reactToPost(context, to, key, reactionMessage)
    else await relay(context, { operation: "message.react", to, message: { reactionMessage } })
    return done
  },
  "message.edit": async ({ chat, message, text, mentions = [], groupMentions = [] }, context) => {
    const { to, key } = await found(context, chat, message)
    requireOwn(message)
    const original = await ownOriginal(context, message)
    const people = await Promise.all(mentions.map((person) => addressOf(context, person)))
    const editedMessage = edited(original, text, { ...mentioning(people), ...mentioningGroups(groupMentions) })
    const edit = { protocolMessage: { key, type: MESSAGE_EDIT, editedMessage, timestampMs: Date.now() } }
    if (isChannelJid(to))
      await changePost(context, { operation: "message.edit", to, key, post: editedMessage, deed: edit })
    else {
      if (Date.now() - message.sentAt > EDIT_MAX_MS)
        throw unfit("message", "is too old: phones take no edit after 20 minutes")
      await relay(context, { operation: "message.edit", to, message: edit, edit: "1" })
    }
    return done
  },
  "message.revoke": async ({ chat, message }, context) => {
    const { to, key } = await found(context, chat, message)
    const revoke = { protocolMessage: { key, type: REVOKE } }
    if (isChannelJid(to)) await changePost(context, { operation: "message.revoke", to, key, post: {}, deed: revoke })
    else {
      if (!message.fromMe) await requireAdministrator(context, to)
      await relay(context, { operation: "message.revoke", to, message: revoke, edit: message.fromMe ? "7" : "8" })
    }
    return done
  },
  "message.delete": async ({ chat, message, deleteMedia }, context) => {
    const { to, key } = await found(context, chat, message)
    const timestamp = Math.floor(message.sentAt / 1_000)
    await changeAppState(context.socket, "message.delete", { deleteForMe: { deleteMedia, key, timestamp } }, to)
    return done
  },
  "message.star": async ({ chat, message, starred }, context) => {
    const to = await addressOf(context, chat)
    const messages = [{ id: message.messageId, fromMe: message.fromMe }]
    await changeAppState(context.socket, "message.star", { star: { messages, star: starred } }, to)
    return done
  },
  "message.pin": async ({ chat, message, seconds }, context) => {
    const { to, key } = await found(context, chat, message)
    if (isChannelJid(to)) throw unfit("chat", "is a channel, whose messages are not pinned")
    const type = seconds === null ? UNPIN_FOR_ALL : PIN_FOR_ALL
    const pin = {
      pinInChatMessage: { key, type, senderTimestampMs: Date.now() },
      messageContextInfo: { messageAddOnDurationInSecs: seconds ?? 0 }
    }
    await relay(context, { operation: "message.pin", to, message: pin, edit: "2" })
    return done
  },
  "message.vote": async ({ chat, message, options }, context) => {
    const { to, key } = await found(context, chat, message)
    const vote = await sealedVote(context, to, message, options)
    const pollUpdateMessage = { pollCreationMessageKey: key, vote, senderTimestampMs: Date.now() }
    await relay(context, { operation: "message.vote", to, message: { pollUpdateMessage }, nodes: [VOTE] })
    return done
  },
  "message.read": async ({ chat, messages }, context) => {
    const to = await addressOf(context, chat)
    const received = messages.filter(({ fromMe }) => !fromMe)
    if (received.length === 0) return done
    await context.socket.readMessages(await Promise.all(received.map((message) => keyOf(context, to, message))))
    const at = Math.max(...received.map(({ sentAt }) => sentAt))
    context.changed([{ type: "chat", chat: { ...chatNamed(to), unread: { count: 0, at } } }])
    return done
  }
}

const unfit = (field: string, reason: string) => new OperationUnfit({ field, reason })

const found = async (
  context: OperationContext,
  chat: string,
  message: MessageRef
): Promise<{ readonly to: string; readonly key: WAMessageKey }> => {
  const to = await addressOf(context, chat)
  return { to, key: await keyOf(context, to, message) }
}

const requireOwn = ({ fromMe }: MessageRef): void => {
  if (!fromMe) throw unfit("message", "was not written by this account")
}

/** WhatsApp's server takes the deletion from everyone; phones ignore it from those who may not. */
const requireAdministrator = async ({ socket, self }: OperationContext, to: string): Promise<void> => {
  if (!isGroupJid(to)) throw unfit("message", "was not written by this account, so it can be deleted only here")
  const { participants } = await socket.groupMetadata(to)
  const own = new Set(Object.values(self()).map(accountOf))
  const isAdministrator = participants.some(
    ({ id, lid = "", phoneNumber = "", admin }) =>
      admin && [id, lid, phoneNumber].some((name) => name !== "" && own.has(accountOf(name)))
  )
  if (!isAdministrator)
    throw unfit("message", "was written by another member, and the account does not administer the group")
}

const ownOriginal = async ({ known }: OperationContext, { messageId }: MessageRef): Promise<Original | undefined> => {
  const originals = await Effect.runPromise(known.originals(messageId))
  return originals[0]
}

const captioned = {
  image: "imageMessage",
  video: "videoMessage",
  document: "documentMessage"
} as const

const mentioning = (mentionedJid: string[]): proto.IContextInfo => (mentionedJid.length === 0 ? {} : { mentionedJid })

/** Of a file the caption is edited: it comes without the file. */
const edited = (original: Original | undefined, text: string, info: proto.IContextInfo): proto.IMessage => {
  const contextInfo = Object.keys(info).length === 0 ? {} : { contextInfo: info }
  const kind = original?.content?.kind ?? "text"
  if (kind in captioned) return { [captioned[kind as keyof typeof captioned]]: { caption: text, ...contextInfo } }
  if (kind !== "text") throw unfit("message", `is of the kind ${kind}, which has no text to edit`)
  return { extendedTextMessage: { text, ...contextInfo } }
}

/** Encrypted with the poll's secret; WhatsApp's server learns nothing of it. */
const sealedVote = async (
  context: OperationContext,
  to: string,
  { messageId, fromMe, sender }: MessageRef,
  options: readonly string[]
) => {
  const originals = await Effect.runPromise(context.known.originals(messageId))
  const poll = originals.find(({ secret, options: offered }) => secret !== undefined && offered.length > 0)
  if (poll?.secret === undefined) throw unfit("message", "is no poll, or its secret is not known here")
  const unknown = options.find((option) => !poll.options.includes(option))
  if (unknown !== undefined) throw unfit("options", `are not all among those of the poll: ${unknown}`)
  const max = poll.content?.kind === "poll" ? poll.content.selectableMax : 0
  if (max > 0 && options.length > max) throw unfit("options", `are more than the ${max} that the poll allows`)
  const author = fromMe || sender === null ? ownName(context, to) : await nameIn(context, to, sender)
  const selectedOptions = options.map((option) => Buffer.from(optionHash(option), "hex"))
  const plain = proto.Message.PollVoteMessage.encode({ selectedOptions }).finish()
  return seal("Poll Vote", { messageId, secret: poll.secret, author, sender: ownName(context, to) }, plain)
}

/** The name of a person in a chat: both sides of a vote go by the same kind of name. */
const nameIn = (context: OperationContext, to: string, jid: string): Promise<string> | string =>
  to.endsWith("@s.whatsapp.net") ? jid : addressOf(context, jid)
