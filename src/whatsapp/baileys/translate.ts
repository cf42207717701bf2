/** From Baileys' messages to this gateway's words. Pure. */
import { getContentType, normalizeMessageContent, type proto, type WAMessage } from "@whiskeysockets/baileys"
import type { IncomingContent, MediaKind } from "../../events/message.ts"
import type { ReceivedMessage } from "../whatsapp.ts"

/** What a message brought; undefined for what is not a message to anybody (key exchange, history, notices of the protocol). */
export const translateMessage = (message: WAMessage, offline: boolean): ReceivedMessage | undefined => {
  const { key } = message
  const content = translateContent(message.message)
  if (!content || !key.id || !key.remoteJid) return undefined
  const sender = key.participant ?? key.remoteJid
  return {
    id: key.id,
    chat: key.remoteJid,
    chatAlt: key.remoteJidAlt ?? null,
    sender,
    senderAlt: (key.participant ? key.participantAlt : key.remoteJidAlt) ?? null,
    fromMe: key.fromMe === true,
    pushName: message.pushName ?? null,
    sentAt: toNumber(message.messageTimestamp) * 1_000,
    offline,
    content
  }
}

/** Fields that carry no message of a person. */
const protocol = new Set(["protocolMessage", "senderKeyDistributionMessage", "messageContextInfo"])

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
  if (!message || !type || protocol.has(type)) return undefined
  const text = message.conversation ?? message.extendedTextMessage?.text
  if (text !== null && text !== undefined) return { kind: "text", text }
  const kind = mediaKinds[type]
  return kind ? translateMedia(kind, message[type] as Media) : { kind: "other", name: type }
}

const translateMedia = (kind: MediaKind, media: Media): IncomingContent => ({
  kind,
  mimetype: media.mimetype ?? null,
  bytes: media.fileLength === null || media.fileLength === undefined ? null : toNumber(media.fileLength),
  ...(media.fileName ? { filename: media.fileName } : {}),
  ...(media.caption ? { caption: media.caption } : {}),
  ...(media.ptt ? { voiceNote: true } : {}),
  remote: {
    directPath: media.directPath ?? null,
    url: media.url ?? null,
    mediaKey: base64(media.mediaKey),
    fileSha256: base64(media.fileSha256),
    fileEncSha256: base64(media.fileEncSha256)
  }
})

const base64 = (bytes: Uint8Array | null | undefined): string | null =>
  bytes ? Buffer.from(bytes).toString("base64") : null

/** Protobuf gives 64-bit numbers as Long objects. */
const toNumber = (value: number | { toNumber(): number } | null | undefined): number =>
  typeof value === "number" ? value : (value?.toNumber() ?? 0)
