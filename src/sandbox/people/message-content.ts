/**
 * The content of messages: finds the media in a message, and builds a message to send. Encryption, addresses and uploads are
 * elsewhere.
 */
import { normalizeMessageContent, proto } from "@whiskeysockets/baileys"
import type { MediaReference, UploadedMedia } from "../media/client.ts"
import { MEDIA_FIELDS, present } from "./message-summary.ts"

/** Where the media of a message is; undefined for a message without media. */
export function mediaOf(message: proto.IMessage): MediaReference | undefined {
  const content = normalizeMessageContent(message)
  for (const [field, type] of MEDIA_FIELDS) {
    const media = content?.[field]
    const { directPath, mediaKey } = media ?? {}
    if (directPath) return { type, directPath, ...present("mediaKey", mediaKey?.length ? mediaKey : undefined) }
  }
  return undefined
}

/** Media to send. */
export interface OutgoingMedia {
  readonly media: Uint8Array
  readonly mimetype: string
  readonly filename?: string
  readonly caption?: string
  /** Sends audio as a voice note. */
  readonly ptt?: boolean
  /** Sends the file as this kind. Without it the mimetype decides. */
  readonly as?: "document" | "sticker"
}

/** The kind of message that carries this media. */
export function mediaTypeOf({ mimetype, as }: Pick<OutgoingMedia, "mimetype" | "as">): MediaReference["type"] {
  if (as !== undefined) return as
  const family = mimetype.split("/")[0]
  return family === "image" || family === "video" || family === "audio" ? family : "document"
}

/** Builds the message about uploaded media. */
export function mediaMessage(content: OutgoingMedia, uploaded: UploadedMedia): proto.IMessage {
  const { mimetype, filename, caption, ptt } = content
  const base = {
    ...uploaded,
    mimetype,
    fileLength: content.media.length,
    mediaKeyTimestamp: Math.floor(Date.now() / 1000)
  }
  switch (mediaTypeOf(content)) {
    case "image":
      return { imageMessage: { ...base, ...present("caption", caption) } }
    case "video":
      return { videoMessage: { ...base, ...present("caption", caption) } }
    case "audio":
      return { audioMessage: { ...base, seconds: 1, ...present("ptt", ptt) } }
    case "sticker":
      return { stickerMessage: base }
    default: {
      const documentMessage = { ...base, fileName: filename ?? "file", ...present("caption", caption) }
      // WhatsApp wraps a document that has a caption (messages.js prepareWAMessageMedia).
      return caption === undefined
        ? { documentMessage }
        : { documentWithCaptionMessage: { message: { documentMessage } } }
    }
  }
}

/** Builds a text message. With `quoted` it is a reply. */
export function textMessage(
  text: string,
  quoted?: { id: string; author: string; message: proto.IMessage }
): proto.IMessage {
  if (quoted === undefined) return { conversation: text }
  const contextInfo = { stanzaId: quoted.id, participant: quoted.author, quotedMessage: quoted.message }
  return { extendedTextMessage: { text, contextInfo } }
}

/** Builds an edit, a revoke or a reaction to the message with this key. The key is as the sender sees it. */
export function messageAbout(
  key: proto.IMessageKey,
  action: { readonly edit: string } | { readonly revoke: true } | { readonly react: string }
): proto.IMessage {
  const { Type } = proto.Message.ProtocolMessage
  if ("edit" in action) {
    const editedMessage = { conversation: action.edit }
    return { protocolMessage: { key, type: Type.MESSAGE_EDIT, editedMessage, timestampMs: Date.now() } }
  }
  if ("revoke" in action) return { protocolMessage: { key, type: Type.REVOKE } }
  return { reactionMessage: { key, text: action.react, senderTimestampMs: Date.now() } }
}
