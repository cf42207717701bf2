/** The MIME type that a file is sent with: by its content, or by its name where the content says little. */
import mime from "mime-types"
import type { MediaKind } from "../events/content.ts"

/** What a file is taken for when neither its content nor its name tells. */
const otherwise: Readonly<Record<MediaKind, string>> = {
  document: "application/octet-stream",
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/mpeg",
  sticker: "image/webp"
}

/** Types that say how a file is packed, not what it is: an unknown office document is a ZIP. */
const containers = new Set(["application/zip", "application/gzip", "application/x-cfb", "application/xml"])

/** Containers of pictures with sound that may hold sound alone. */
const soundToo = new Set(["video/mp4", "video/webm", "video/ogg", "application/ogg"])

/** `detected`: what the content says, or null. Undefined when the content is of another kind than it was said to be. */
export const mediaType = (kind: MediaKind, detected: string | null, filename: string): string | undefined => {
  const named = mime.lookup(filename) || undefined
  if (kind === "document") {
    const isTelling = detected !== null && !containers.has(detected)
    return isTelling ? detected : (named ?? detected ?? otherwise.document)
  }
  if (detected === null) return named !== undefined && isOf(kind, named) ? named : otherwise[kind]
  return isOf(kind, detected) ? detected : undefined
}

/** What phones show in the chat itself, as WhatsApp's Cloud API lists them ("Supported media types"). */
const shown: Readonly<Record<string, MediaKind>> = {
  "image/jpeg": "image",
  "image/png": "image",
  "video/mp4": "video",
  "video/3gpp": "video",
  "audio/aac": "audio",
  "audio/amr": "audio",
  "audio/mpeg": "audio",
  "audio/x-m4a": "audio",
  "audio/mp4": "audio",
  "audio/ogg": "audio",
  "audio/ogg; codecs=opus": "audio"
}

/** What kind of message a file makes when nobody says. */
export const kindOf = (detected: string | null): MediaKind => (detected && shown[detected]) || "document"

/** Ogg with Opus is what WhatsApp's own voice notes are. */
export const isVoiceNote = (kind: MediaKind, type: string): boolean =>
  kind === "audio" && /^audio\/ogg.*opus/.test(type)

const isOf = (kind: MediaKind, type: string): boolean =>
  kind === "sticker" ? type === "image/webp" : type.startsWith(`${kind}/`) || (kind === "audio" && soundToo.has(type))
