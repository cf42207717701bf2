/** Builds the message that Baileys sends from what a client asked to send. Files are streamed from the media folder. */
import { join } from "node:path"
import {
  type AnyMessageContent,
  generateWAMessageContent,
  type proto,
  type WAMediaUploadFunction
} from "@whiskeysockets/baileys"
import type { OutgoingContent } from "../../../events/content.ts"
import { addContext } from "./add-context.ts"
import { type OutgoingMessage, SendFailed } from "../../whatsapp.ts"

export interface BuildServices {
  readonly mediaDirectory: string
  readonly upload: WAMediaUploadFunction
}

/**
 * The message as it is sent, with its file uploaded. A repeat uploads the same bytes once more; both uploads are valid under the same
 * message id. Links in texts are not fetched for a preview.
 */
export const buildMessage = async (
  { chat, content, context, secret }: OutgoingMessage,
  { mediaDirectory, upload }: BuildServices
): Promise<proto.IMessage> => {
  const given = anyContent(content, mediaDirectory)
  const built = await generateWAMessageContent(context?.viewOnce === true ? viewedOnce(given) : given, {
    jid: chat,
    upload
  })
  if (context !== undefined) addContext(built, context)
  if (secret === undefined) return built
  // Each attempt is the same message: what people do to it later is encrypted with its secret.
  built.messageContextInfo = { ...built.messageContextInfo, messageSecret: Buffer.from(secret, "base64") }
  return built
}

const anyContent = (content: OutgoingContent, mediaDirectory: string): AnyMessageContent => {
  switch (content.kind) {
    case "text":
      return { text: content.text }
    case "location": {
      const { latitude, longitude, name = null, address = null, url = null } = content
      return { location: { degreesLatitude: latitude, degreesLongitude: longitude, name, address, url } }
    }
    case "contacts": {
      const contacts = content.contacts.map(({ name: displayName, vcard }) => ({ displayName, vcard }))
      return { contacts: { displayName: contacts[0]?.displayName ?? "", contacts } }
    }
    case "poll":
      return { poll: { name: content.name, values: [...content.options], selectableCount: content.selectableMax } }
    default:
      return fileContent(content, mediaDirectory)
  }
}

const viewedOnce = (content: AnyMessageContent): AnyMessageContent => ({ ...content, viewOnce: true })

const fileContent = (
  content: Extract<OutgoingContent, { readonly media: unknown }>,
  mediaDirectory: string
): AnyMessageContent => {
  const { media, caption, filename, voiceNote } = content
  const file = { url: join(mediaDirectory, media.sha256) }
  const { mimetype } = media
  const captioned = caption === undefined ? {} : { caption }
  const { seconds = notKnown, width, height, thumbnail: jpegThumbnail = notKnown } = content
  const shape = width === undefined || height === undefined ? {} : { width, height }
  switch (content.kind) {
    case "document":
      return { document: file, mimetype, ...(filename === undefined ? {} : { fileName: filename }), ...captioned }
    case "image":
      return { image: file, mimetype, jpegThumbnail, ...shape, ...captioned }
    case "video":
      return {
        video: file,
        mimetype,
        gifPlayback: content.animated === true,
        jpegThumbnail,
        ...playing(seconds),
        ...shape,
        ...captioned
      }
    case "audio":
      return { audio: file, mimetype, ptt: voiceNote === true, seconds, ...drawn(content.waveform) }
    case "sticker":
      return { sticker: file, mimetype }
  }
}

/** Baileys computes what is undefined, without the bounds that the gateway keeps, and from a second copy of the file. */
const notKnown = null as unknown as never

/** Fields that Baileys passes on and does not know. */
const playing = (seconds: number | undefined): object => ({ seconds })
const drawn = (waveform: string | undefined): object => ({
  waveform: waveform === undefined ? notKnown : Buffer.from(waveform, "base64")
})

export const sendFailed = (cause: unknown): SendFailed =>
  new SendFailed({ reason: cause instanceof Error ? cause.message : String(cause), cause })
