/** Files: pictures, videos, recordings, documents, stickers. */
import type { proto } from "@whiskeysockets/baileys"
import type { IncomingMedia, MediaKind } from "../../../../events/content.ts"
import { receivedName } from "../../../../events/file-name.ts"
import { address, compact, count, key, name, some, words } from "./bounds.ts"

/** The shape that all of them share; each has some of the fields. */
export type Media = Partial<
  proto.Message.IDocumentMessage &
    proto.Message.IImageMessage &
    proto.Message.IVideoMessage &
    proto.Message.IAudioMessage &
    proto.Message.IStickerMessage
>

export const translateMedia = (
  kind: MediaKind,
  given: object,
  more: { readonly videoNote?: true } = {}
): IncomingMedia => {
  const media = given as Media
  return compact({
    kind,
    mimetype: name(media.mimetype) ?? null,
    bytes: count(media.fileLength) ?? null,
    filename: filename(media.fileName) ?? filename(media.title),
    caption: words(media.caption),
    voiceNote: media.ptt ? true : undefined,
    videoNote: more.videoNote,
    animated: media.gifPlayback || media.isAnimated || media.isLottie ? true : undefined,
    seconds: some(media.seconds),
    width: some(media.width),
    height: some(media.height),
    pages: some(media.pageCount),
    remote: {
      directPath: address(media.directPath) ?? null,
      url: address(media.url) ?? null,
      mediaKey: key(media.mediaKey) ?? null,
      fileSha256: key(media.fileSha256) ?? null,
      fileEncSha256: key(media.fileEncSha256) ?? null
    }
  })
}

const filename = (given: string | null | undefined): string | undefined => (given ? receivedName(given) : undefined)

interface HeadedByMedia {
  readonly documentMessage?: proto.Message.IDocumentMessage | null
  readonly imageMessage?: proto.Message.IImageMessage | null
  readonly videoMessage?: proto.Message.IVideoMessage | null
}

/** The file at the head of a template, of a message with buttons, or of a card. */
export const headMedia = (head: HeadedByMedia | null | undefined): IncomingMedia | undefined => {
  const { documentMessage, imageMessage, videoMessage } = head ?? {}
  if (documentMessage) return translateMedia("document", documentMessage)
  if (imageMessage) return translateMedia("image", imageMessage)
  return videoMessage ? translateMedia("video", videoMessage) : undefined
}
