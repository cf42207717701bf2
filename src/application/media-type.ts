/** Chooses how a file is sent, and with which MIME type: by its content, or by its name when the content does not tell. */
import mime from "mime-types"
import type { GivenMedia, MediaKind } from "../events/content.ts"

/** The type when neither the content nor the name tells. */
const otherwise: Readonly<Record<MediaKind, string>> = {
  document: "application/octet-stream",
  image: "image/jpeg",
  video: "video/mp4",
  audio: "audio/mpeg",
  sticker: "image/webp"
}

/** Types that describe the container, not the content: an unknown office document is a ZIP. */
const containers = new Set(["application/zip", "application/gzip", "application/x-cfb", "application/xml"])

/** A file as the gateway sends it. */
export interface SendableFile {
  readonly kind: MediaKind
  readonly mimetype: string
  /** What the client called it, if phones do not show its format as that. Then `kind` is `document`. */
  readonly given?: GivenMedia
}

/**
 * How to send a file that a client calls a picture, a video or a sound: as that if phones show its format, otherwise as a document, which
 * every phone shows. Returns undefined when the content is of another kind than `kind`. `detected`: the type by the content, or null.
 */
export const sendableAs = (kind: MediaKind, detected: string | null, filename: string): SendableFile | undefined => {
  const named = mime.lookup(filename) || undefined
  if (kind === "document") return { kind, mimetype: documentType(detected, named) }
  if (detected !== null && !isOf(kind, detected)) return undefined
  // A name is believed where the content says nothing; but of formats that are always recognised it says something.
  const type = detected ?? (named !== undefined && isOf(kind, named) ? named : otherwise[kind])
  const isShown = detected === null ? shows(kind, type) && !recognised.has(type) : shows(kind, type)
  if (isShown) return { kind, mimetype: type }
  const mimetype = documentType(detected, named)
  return { kind: "document", mimetype, given: { kind, mimetype } }
}

const documentType = (detected: string | null, named: string | undefined): string => {
  const isTelling = detected !== null && !containers.has(detected)
  return isTelling ? detected : (named ?? detected ?? otherwise.document)
}

/** Types that phones show inside the chat, as WhatsApp's Cloud API lists them ("Supported media types"). */
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

/** The content of bare Opus is detected as the same type as Opus in Ogg, and phones do not play it. */
const recognised = new Set(["audio/ogg"])

const shows = (kind: MediaKind, type: string): boolean =>
  kind === "sticker" ? type === "image/webp" : shown[type] === kind

/** The kind of message for a file when the client names none. */
export const kindOf = (detected: string | null): MediaKind => (detected && shown[detected]) || "document"

/** Ogg with Opus is what WhatsApp's own voice notes are. */
export const isVoiceNote = (kind: MediaKind, type: string): boolean =>
  kind === "audio" && /^audio\/ogg.*opus/.test(type)

/** Containers of pictures with sound that may hold sound alone. */
const soundToo = new Set(["video/mp4", "video/webm", "video/ogg", "application/ogg"])

const isOf = (kind: MediaKind, type: string): boolean =>
  kind === "sticker"
    ? type.startsWith("image/")
    : type.startsWith(`${kind}/`) || (kind === "audio" && soundToo.has(type))
