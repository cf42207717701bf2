/** Builds the message that Baileys sends from what a client asked to send. Files are streamed from the media folder. */
import { join } from "node:path"
import {
  type AnyMessageContent,
  generateWAMessageContent,
  type proto,
  type WAMediaUploadFunction
} from "@whiskeysockets/baileys"
import type { OutgoingContent } from "../../../events/content.ts"
import type { MessageContext } from "../../../events/context.ts"
import { isChannelJid } from "../../jid.ts"
import { type OutgoingMessage, SendFailed } from "../../whatsapp.ts"
import { addContext, type ContextServices } from "./add-context.ts"

export interface BuildServices extends ContextServices {
  readonly mediaDirectory: string
  readonly upload: WAMediaUploadFunction
}

/**
 * The message as it is sent, with its file uploaded. A repeat uploads the same bytes once more; both uploads are valid under the same
 * message id. Links in texts are not fetched for a preview. `to`: the jid that it goes to.
 */
export const buildMessage = async (
  { chat, content, context, secret }: OutgoingMessage,
  to: string,
  { mediaDirectory, upload, ...services }: BuildServices
): Promise<proto.IMessage> => {
  const given = anyContent(content, context, mediaDirectory)
  const isOnce = context?.viewOnce === true
  const generated = await generateWAMessageContent(isOnce ? viewedOnce(given) : given, { jid: chat, upload })
  const built = isOnce && content.kind === "audio" ? voiceOnce(generated) : generated
  if (context !== undefined) await addContext(built, to, context, services)
  // What followers do to a post is not encrypted, and everyone could read the secret.
  if (isChannelJid(chat)) return { ...built, messageContextInfo: null }
  if (secret === undefined) return built
  // Each attempt is the same message: what people do to it later is encrypted with its secret.
  built.messageContextInfo = { ...built.messageContextInfo, messageSecret: Buffer.from(secret, "base64") }
  return built
}

const anyContent = (
  content: OutgoingContent,
  context: MessageContext | undefined,
  mediaDirectory: string
): AnyMessageContent => {
  switch (content.kind) {
    case "text":
      return { text: content.text, linkPreview: linkPreview(context) }
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
    case "groupInvite": {
      const { group, name, code = "", text = "", expiresAt } = content
      const inviteExpiration = Math.floor((expiresAt ?? 0) / 1_000)
      return { groupInvite: { jid: group ?? "", subject: name ?? "", inviteCode: code, inviteExpiration, text } }
    }
    default:
      return fileContent(content, mediaDirectory)
  }
}

/** As the client gave it. */
const linkPreview = (context: MessageContext | undefined) => {
  const [link] = context?.links ?? []
  if (link === undefined) return null
  const { url, title = "", description = "" } = link
  return { "canonical-url": url, "matched-text": url, title, description }
}

/** WhatsApp has a wrapper of its own for voice notes (wire name `viewOnceMessageV2Extension`). */
const voiceOnce = ({ viewOnceMessage, ...rest }: proto.IMessage): proto.IMessage => ({
  ...rest,
  viewOnceMessageV2Extension: viewOnceMessage ?? null
})

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
