/**
 * The content of messages: summarises a received message for tests, and builds a message to send. Encryption, addresses
 * and uploads are elsewhere.
 */
import { normalizeMessageContent, proto } from "@whiskeysockets/baileys"
import type { MediaReference, UploadedMedia } from "../media/client.ts"

/** The content of a message, as tests and the control API show it. */
export interface MessageSummary {
  /** `text`, `image`, `video`, `audio`, `document`, `sticker`, `location`, `contact`, `poll`, `reaction`, `edit`, `revoke`… */
  readonly type: string
  /** The text, the caption, the new text of an edit, or the emoji of a reaction. */
  readonly text?: string
  readonly filename?: string
  readonly mimetype?: string
  /** Whether audio is a voice note. */
  readonly ptt?: boolean
  /** The message that a reaction, an edit or a revoke is about, or that a reply quotes. */
  readonly target?: string
}

const MEDIA_FIELDS = [
  ["imageMessage", "image"],
  ["videoMessage", "video"],
  ["audioMessage", "audio"],
  ["documentMessage", "document"],
  ["stickerMessage", "sticker"]
] as const

/** Fields that accompany content. */
const NOT_CONTENT = new Set(["senderKeyDistributionMessage", "messageContextInfo"])

/** Summarises a message. Returns undefined when it has no content to show (keys, settings, peer data). */
export function summarise(message: proto.IMessage): MessageSummary | undefined {
  const content = normalizeMessageContent(message)
  if (content === undefined) return undefined
  const special = summariseProtocol(content) ?? summariseMedia(content)
  if (special !== undefined) return special
  const text = content.conversation ?? content.extendedTextMessage?.text
  if (text !== null && text !== undefined && text !== "") {
    const quoted = content.extendedTextMessage?.contextInfo?.stanzaId
    return { type: "text", text, ...present("target", quoted) }
  }
  const { reactionMessage: reaction } = content
  if (reaction !== null && reaction !== undefined)
    return { type: "reaction", text: reaction.text ?? "", ...present("target", reaction.key?.id) }
  if (content.protocolMessage !== null && content.protocolMessage !== undefined) return undefined
  const field = Object.entries(content).find(
    ([name, value]) => value !== null && value !== undefined && !NOT_CONTENT.has(name)
  )
  return field === undefined ? undefined : { type: field[0].replace(/Message(?:V\d)?$/, "") }
}

/** Where the media of a message is; undefined for a message without media. */
export function mediaOf(message: proto.IMessage): MediaReference | undefined {
  const content = normalizeMessageContent(message)
  for (const [field, type] of MEDIA_FIELDS) {
    const media = content?.[field]
    if (media?.directPath && media.mediaKey) return { type, directPath: media.directPath, mediaKey: media.mediaKey }
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
export function mediaTypeOf({
  mimetype,
  as
}: Pick<OutgoingMedia, "mimetype" | "as">): (typeof MEDIA_FIELDS)[number][1] {
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

function summariseProtocol(content: proto.IMessage): MessageSummary | undefined {
  const { protocolMessage: protocol } = content
  const { Type } = proto.Message.ProtocolMessage
  if (protocol?.type === Type.REVOKE) return { type: "revoke", ...present("target", protocol.key?.id) }
  if (protocol?.type !== Type.MESSAGE_EDIT) return undefined
  const edited = protocol.editedMessage
  const text = edited?.conversation || edited?.extendedTextMessage?.text
  return { type: "edit", ...present("text", text), ...present("target", protocol.key?.id) }
}

function summariseMedia(content: proto.IMessage): MessageSummary | undefined {
  for (const [field, type] of MEDIA_FIELDS) {
    const media = content[field]
    if (media === null || media === undefined) continue
    const caption = "caption" in media ? media.caption : undefined
    const filename = "fileName" in media ? media.fileName : undefined
    const ptt = "ptt" in media && media.ptt === true ? true : undefined
    return {
      type,
      ...present("text", caption),
      ...present("filename", filename),
      ...present("mimetype", media.mimetype),
      ...present("ptt", ptt)
    }
  }
  return undefined
}

/** The property if it has a value, else an empty object. Spread it where an optional property must not be undefined. */
function present<K extends string, V>(name: K, value: V | null | undefined): { [P in K]?: V } {
  return value === null || value === undefined || value === "" ? {} : ({ [name]: value } as { [P in K]?: V })
}
