/** Translates Baileys' messages into the port's. Pure. */
import { getContentType, normalizeMessageContent, proto, type WAMessage } from "@whiskeysockets/baileys"
import type { IncomingContent, MediaKind } from "../../../events/message.ts"
import type { Incoming } from "../../whatsapp.ts"
import { accountOf, boundedName, type Self } from "../jid.ts"

const Protocol = proto.Message.ProtocolMessage.Type

/** Undefined for a message that no person wrote (key exchange, history, protocol notices). */
export const translateMessage = (given: WAMessage, self: Self, offline: boolean): Incoming | undefined => {
  const { key } = given
  const message = normalizeMessageContent(given.message)
  if (!message || !key.id || !key.remoteJid) return undefined
  const from = {
    id: boundedName(key.id),
    chat: accountOf(key.remoteJid),
    chatAlt: key.remoteJidAlt ? accountOf(key.remoteJidAlt) : null,
    ...senderOf(key, self),
    fromMe: key.fromMe === true,
    pushName: given.pushName ? cut(given.pushName, NAME_MAX) : null,
    sentAt: (wholeNumber(given.messageTimestamp) ?? 0) * 1_000,
    offline
  }
  const { protocolMessage, reactionMessage } = message
  if (protocolMessage) {
    const target = protocolMessage.key?.id && boundedName(protocolMessage.key.id)
    if (!target) return undefined
    if (protocolMessage.type === Protocol.REVOKE) return { type: "revoke", ...from, target }
    if (protocolMessage.type !== Protocol.MESSAGE_EDIT) return undefined
    const content = translateContent(protocolMessage.editedMessage)
    return content && { type: "edit", ...from, target, content }
  }
  if (reactionMessage?.key?.id) {
    return {
      type: "reaction",
      ...from,
      target: boundedName(reactionMessage.key.id),
      emoji: cut(reactionMessage.text ?? "", EMOJI_MAX) || null
    }
  }
  const content = translateContent(message)
  return content && { type: "message", ...from, content }
}

const senderOf = ({ fromMe, participant, participantAlt, remoteJid, remoteJidAlt }: WAMessage["key"], self: Self) => {
  const [sender, alt] = fromMe
    ? [self.jid, self.lid]
    : participant
      ? [participant, participantAlt]
      : [remoteJid ?? "", remoteJidAlt]
  return { sender: accountOf(sender), senderAlt: alt ? accountOf(alt) : null }
}

/** Fields without anything that a person wrote. */
const notFromPeople = new Set(["protocolMessage", "senderKeyDistributionMessage", "messageContextInfo"])

const mediaKinds: Readonly<Record<string, MediaKind>> = {
  documentMessage: "document",
  imageMessage: "image",
  videoMessage: "video",
  audioMessage: "audio",
  stickerMessage: "sticker"
}

/** The shape that all media messages share. */
type Media = proto.Message.IDocumentMessage & proto.Message.IImageMessage & proto.Message.IAudioMessage

const translateContent = (given: proto.IMessage | null | undefined): IncomingContent | undefined => {
  const message = normalizeMessageContent(given)
  const type = message && getContentType(message)
  if (!message || !type || notFromPeople.has(type)) return undefined
  const text = message.conversation ?? message.extendedTextMessage?.text
  if (text !== null && text !== undefined) return { kind: "text", text: cut(text, TEXT_MAX) }
  const kind = mediaKinds[type]
  return kind ? translateMedia(kind, message[type] as Media) : { kind: "other", name: type }
}

const translateMedia = (kind: MediaKind, media: Media): IncomingContent => ({
  kind,
  mimetype: media.mimetype ? cut(media.mimetype, NAME_MAX) : null,
  bytes: wholeNumber(media.fileLength) ?? null,
  ...(media.fileName ? { filename: cut(media.fileName, NAME_MAX) } : {}),
  ...(media.caption ? { caption: cut(media.caption, TEXT_MAX) } : {}),
  ...(media.ptt ? { voiceNote: true } : {}),
  remote: {
    directPath: address(media.directPath),
    url: address(media.url),
    mediaKey: base64(media.mediaKey),
    fileSha256: base64(media.fileSha256),
    fileEncSha256: base64(media.fileEncSha256)
  }
})

/** Longer than WhatsApp's own apps allow. The rest is not recorded, so that a sender cannot fill the log. */
const TEXT_MAX = 65_536
const NAME_MAX = 255
const EMOJI_MAX = 64
const ADDRESS_MAX = 2_048
const KEY_BYTES_MAX = 64

const cut = (text: string, max: number): string => (text.length > max ? text.slice(0, max).toWellFormed() : text)

/** An address that is too long is left out: cut, it would be another address. */
const address = (given: string | null | undefined): string | null =>
  given && given.length <= ADDRESS_MAX ? given : null

const base64 = (bytes: Uint8Array | null | undefined): string | null =>
  bytes && bytes.length <= KEY_BYTES_MAX ? Buffer.from(bytes).toString("base64") : null

/** A number that JSON can hold. Protobuf gives 64-bit numbers as Long objects, and a sender may write anything. */
const wholeNumber = (value: number | { toNumber(): number } | null | undefined): number | undefined => {
  const number = typeof value === "number" ? value : value?.toNumber()
  return number !== undefined && number >= 0 && number <= MAX_WHOLE ? Math.trunc(number) : undefined
}

/** So that seconds can become milliseconds. */
const MAX_WHOLE = Math.trunc(Number.MAX_SAFE_INTEGER / 1_000)
