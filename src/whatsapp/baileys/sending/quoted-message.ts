/** A quoted message as an answer repeats it: of the kind that it is, without its file. Pure. */
import type { proto } from "@whiskeysockets/baileys"
import type { IncomingContent, OutgoingContent } from "../../../events/content.ts"
import type { MessageContext } from "../../../events/context.ts"

type Content = OutgoingContent | IncomingContent
type FileContent = Extract<Content, { readonly mimetype: unknown } | { readonly media: { readonly sha256: string } }>

/**
 * `content`: the message as it is known here. Where it is not known, the answer has the excerpt. Phones show the quoted message itself
 * where they have it.
 */
export const quotedMessage = (
  content: Content | undefined,
  { excerpt }: Pick<NonNullable<MessageContext["quoted"]>, "excerpt">
): proto.IMessage => {
  switch (content?.kind) {
    case "text":
      return { conversation: content.text }
    case "image":
      return { imageMessage: fileFields(content) }
    case "video":
      return "videoNote" in content && content.videoNote
        ? { ptvMessage: fileFields(content) }
        : { videoMessage: { ...fileFields(content), gifPlayback: content.animated === true } }
    case "audio":
      return { audioMessage: { ...fileFields(content), ptt: content.voiceNote === true } }
    case "document":
      return { documentMessage: { ...fileFields(content), fileName: content.filename ?? null } }
    case "sticker":
      return { stickerMessage: fileFields(content) }
    case "location": {
      const { latitude, longitude, name = null, address = null } = content
      return { locationMessage: { degreesLatitude: latitude, degreesLongitude: longitude, name, address } }
    }
    case "contacts": {
      const contacts = content.contacts.map(({ name: displayName, vcard }) => ({ displayName, vcard }))
      const [first] = contacts
      return contacts.length === 1 && first !== undefined
        ? { contactMessage: first }
        : { contactsArrayMessage: { displayName: first?.displayName ?? "", contacts } }
    }
    case "poll":
      return {
        pollCreationMessage: {
          name: content.name,
          options: content.options.map((optionName) => ({ optionName })),
          selectableOptionsCount: content.selectableMax
        }
      }
    default:
      return { conversation: excerpt ?? "" }
  }
}

/** What is known of a file, and of where WhatsApp keeps it. */
const fileFields = (content: FileContent) => {
  const { caption = null, seconds = null, width = null, height = null } = content
  const shape = { caption, seconds, width, height }
  if ("media" in content) {
    const { media, thumbnail } = content
    const jpegThumbnail = thumbnail === undefined ? null : Buffer.from(thumbnail, "base64")
    return { ...shape, mimetype: media.mimetype, fileLength: media.bytes, jpegThumbnail }
  }
  const { mimetype, bytes: fileLength, remote } = content
  const { url, directPath, mediaKey, fileSha256, fileEncSha256 } = remote
  return {
    ...shape,
    mimetype,
    fileLength,
    url,
    directPath,
    mediaKey: bytesOf(mediaKey),
    fileSha256: bytesOf(fileSha256),
    fileEncSha256: bytesOf(fileEncSha256)
  }
}

const bytesOf = (base64: string | null): Buffer | null => (base64 === null ? null : Buffer.from(base64, "base64"))
