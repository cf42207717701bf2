/** What a person does to an earlier message: edits, deletes, reacts, votes, answers, pins, keeps. Pure. */
import { proto } from "@whiskeysockets/baileys"
import type { Author } from "../../../../events/context.ts"
import type { Incoming } from "../../../whatsapp.ts"
import { accountOf, boundedName, isOwn, isPerson, type Self } from "../../jid.ts"
import { count, cut, enumName, some } from "./bounds.ts"
import { sealedBytes, sealedContent } from "./content.ts"
import { translateNotice } from "./notices.ts"
import { translateSaid } from "./said.ts"
import { type Unwrapped, unwrap } from "./unwrap.ts"

/** What everything that a person sends has in common. */
export type From = Omit<
  Extract<Incoming, { readonly type: "pin" }>,
  "type" | "target" | "author" | "pinned" | "seconds"
>

const EMOJI_MAX = 64
const Protocol = proto.Message.ProtocolMessage.Type
const SecretEncType = proto.Message.SecretEncryptedMessage.SecretEncType

/** Null for a message that no person wrote; undefined for one that is about no other message. */
export const translateDeed = (given: Unwrapped, from: From, self: Self): Incoming | null | undefined => {
  const { message, infos } = given
  const { protocolMessage, secretEncryptedMessage } = message
  if (protocolMessage) return protocolDeed(protocolMessage, from, self)
  if (secretEncryptedMessage) return sealedEdit(secretEncryptedMessage, from)
  const about = (key: proto.IMessageKey | null | undefined) =>
    key?.id ? { ...from, target: boundedName(key.id), ...authorOf(key, from, self) } : undefined
  const reacted = about(message.reactionMessage?.key)
  if (reacted) return { type: "reaction", ...reacted, emoji: emojiOf(message.reactionMessage) }
  const voted = about(message.pollUpdateMessage?.pollCreationMessageKey)
  if (voted) {
    const { encPayload, encIv } = message.pollUpdateMessage?.vote ?? {}
    return { type: "vote", ...voted, options: null, ...sealed("Poll Vote", encPayload, encIv) }
  }
  const {
    encEventResponseMessage: answer,
    encReactionMessage: hidden,
    pinInChatMessage: pin,
    keepInChatMessage: keep
  } = message
  const answered = about(answer?.eventCreationMessageKey)
  if (answered) {
    return {
      type: "answer",
      ...answered,
      answer: null,
      extraGuests: 0,
      ...sealed("Event Response", answer?.encPayload, answer?.encIv)
    }
  }
  const reactedInSecret = about(hidden?.targetMessageKey)
  if (reactedInSecret) {
    return {
      type: "reaction",
      ...reactedInSecret,
      emoji: null,
      ...sealed("Enc Reaction", hidden?.encPayload, hidden?.encIv)
    }
  }
  const pinned = about(pin?.key)
  if (pinned) {
    const seconds = some(infos.find((info) => info.messageAddOnDurationInSecs)?.messageAddOnDurationInSecs) ?? null
    const isPinned = pin?.type !== proto.Message.PinInChatMessage.Type.UNPIN_FOR_ALL
    return { type: "pin", ...pinned, pinned: isPinned, seconds }
  }
  const kept = about(keep?.key)
  if (kept) return { type: "keep", ...kept, kept: keep?.keepType !== proto.KeepType.UNDO_KEEP_FOR_ALL }
  return undefined
}

const protocolDeed = (protocol: proto.Message.IProtocolMessage, from: From, self: Self): Incoming | null => {
  const { key, type, editedMessage } = protocol
  const target = key?.id && boundedName(key.id)
  if (type === Protocol.REVOKE) {
    if (!key || !target) return null
    const authored = authorOf(key, from, self)
    return {
      type: "revoke",
      ...from,
      target,
      ...authored,
      ...(isOfAnother(authored.author, from) ? { byAdmin: true } : {})
    }
  }
  if (type === Protocol.MESSAGE_EDIT) {
    const said = editedMessage ? translateSaid(unwrap(editedMessage)) : undefined
    return target && said ? { type: "edit", ...from, target, ...said } : null
  }
  const content = translateNotice(protocol)
  return content ? { type: "message", ...from, content } : null
}

/** In a group an administrator can delete what others wrote. Whether the sender is one is looked up later (administrators.ts). */
const isOfAnother = (author: Author | undefined, from: From): boolean =>
  author !== undefined && from.chat.endsWith("@g.us") && !(author.fromMe ? from.fromMe : isSender(author.jid, from))

const isSender = (jid: string, { sender, senderAlt }: From): boolean => jid === sender || jid === senderAlt

type Bytes = Uint8Array | null | undefined

const sealed = (type: string, payload: Bytes, iv: Bytes) => {
  const bytes = sealedBytes(type, payload, iv)
  return bytes === undefined ? {} : { sealed: bytes }
}

export const emojiOf = (reaction: proto.Message.IReactionMessage | null | undefined): string | null =>
  cut(reaction?.text ?? "", EMOJI_MAX) || null

/** Since May 2026 phones send edits like this (Baileys#2541). The key comes from the secret of the message that is edited. */
const sealedEdit = (edit: proto.Message.ISecretEncryptedMessage, from: From): Incoming | null => {
  const { targetMessageKey, encPayload, encIv, secretEncType } = edit
  const type = sealedTypes.get(secretEncType ?? 0) ?? enumName(SecretEncType, secretEncType) ?? `type ${secretEncType}`
  const content = sealedContent(type, encPayload, encIv)
  if (!targetMessageKey?.id || !content) return null
  return { type: "edit", ...from, target: boundedName(targetMessageKey.id), content }
}

const sealedTypes = new Map<number, string>([
  [SecretEncType.EVENT_EDIT, "Event Edit"],
  [SecretEncType.MESSAGE_EDIT, "Message Edit"]
])

/** Who wrote the message with this key, which is written as the sender of the deed sees it; nothing where it does not say. */
const authorOf = ({ fromMe, participant }: proto.IMessageKey, from: From, self: Self): { readonly author?: Author } => {
  const own: Author = { jid: accountOf(self.jid), alt: self.lid ? accountOf(self.lid) : null, fromMe: true }
  const sender: Author = { jid: from.sender, alt: from.senderAlt, fromMe: from.fromMe }
  if (participant) {
    const jid = accountOf(participant)
    if (isOwn(jid, self)) return { author: own }
    return { author: isSender(jid, from) ? sender : { jid, alt: null, fromMe: false } }
  }
  if (fromMe) return { author: sender }
  if (!isPerson(from.chat)) return {}
  return { author: from.fromMe ? { jid: from.chat, alt: from.chatAlt, fromMe: false } : own }
}

export const eventAnswers = ["unknown", "going", "notGoing", "maybe"] as const

/** What an answer to an event says, once it is decrypted. */
export const answerIn = ({ response, extraGuestCount }: proto.Message.IEventResponseMessage) => ({
  answer: eventAnswers[response ?? 0] ?? ("unknown" as const),
  extraGuests: count(extraGuestCount) ?? 0
})
