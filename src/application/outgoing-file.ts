/** The content of a message that is a file. */
import { Effect } from "effect"
import type { MediaKind, OutgoingContent, Preview } from "../events/content.ts"
import { fittingName } from "../events/file-name.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { FileTooLarge, type StoredFile } from "../store/media/media-folder.ts"
import { isVoiceNote, type SendableFile } from "./media-type.ts"
import { asImage, asSticker, convertible, type Picture, readPicture } from "./previews/pictures.ts"
import { readRecording, type Recording } from "./previews/recordings.ts"

/** The maximum length of a text or caption on WhatsApp, in characters. */
export const TEXT_MAX = 65_536

/** A file that arrived with a request. It is deleted at the end of the request unless `keep` was called. */
export interface ArrivedFile {
  /** The MIME type by its content; null when the content does not tell. */
  readonly detectedType: string | null
  /** Of the bytes as they arrived, in hex. */
  readonly sha256: string
  /** Where the bytes are until the file is kept. */
  readonly path: string
  /** Keeps these bytes in place of those that arrived. Rejects with FileTooLarge or StoreUnavailable; then nothing is replaced. */
  readonly replace: (bytes: Uint8Array) => Promise<void>
  /** Resolves once the file is durable. Rejects with StoreUnavailable. */
  readonly keep: () => Promise<StoredFile>
  /** Deletes it if it was not kept; else the media folder may delete it as soon as no message refers to it. */
  readonly discard: () => Promise<void>
}

export interface OutgoingFile extends SendableFile {
  readonly filename: string | undefined
  readonly caption: string | undefined
  /** By default true for the kind of audio that WhatsApp records as voice notes. */
  readonly voiceNote?: boolean | undefined
}

/**
 * Keeps the file when it runs, and returns the content that refers to it, with what a chat shows before the file is loaded. A picture
 * that phones do not show is converted if that is possible; then the converted one is kept.
 */
export const keptContent = (
  file: ArrivedFile,
  { caption, ...outgoing }: OutgoingFile
): Effect.Effect<OutgoingContent, StoreUnavailable> =>
  Effect.gen(function* () {
    const { kind, mimetype, filename, given, voiceNote } = (yield* converted(file, outgoing)) ?? outgoing
    const isVoice = voiceNote ?? isVoiceNote(kind, mimetype)
    const preview = yield* previewOf(file.path, kind, isVoice)
    const stored = yield* Effect.tryPromise({ try: () => file.keep(), catch: (failure) => failure as StoreUnavailable })
    return {
      kind,
      media: { ...stored, mimetype },
      ...(filename === undefined ? {} : { filename }),
      ...(caption === undefined ? {} : { caption }),
      ...(isVoice ? { voiceNote: true } : {}),
      ...(given === undefined ? {} : { given }),
      ...preview
    }
  })

type Outgoing = Omit<OutgoingFile, "caption">

/** As the client called the file, or undefined if it cannot be converted to that. */
const converted = (
  file: ArrivedFile,
  { given, filename, ...rest }: Outgoing
): Effect.Effect<Outgoing | undefined, StoreUnavailable> =>
  Effect.gen(function* () {
    const target = given && convertible.has(given.mimetype) ? targets[given.kind] : undefined
    if (given === undefined || target === undefined) return undefined
    const bytes = yield* target.convert(file.path)
    if (bytes === undefined) return undefined
    const failure = yield* Effect.promise(() => file.replace(bytes).then(none, same))
    if (failure instanceof FileTooLarge) return undefined
    if (failure !== undefined) return yield* Effect.fail(failure as StoreUnavailable)
    const name = filename === undefined ? {} : { filename: withExtension(filename, target.extension) }
    return { ...rest, filename: undefined, ...name, given, kind: given.kind, mimetype: target.mimetype }
  })

const targets: Partial<Record<MediaKind, { mimetype: string; extension: string; convert: typeof asImage }>> = {
  image: { mimetype: "image/jpeg", extension: ".jpg", convert: asImage },
  sticker: { mimetype: "image/webp", extension: ".webp", convert: asSticker }
}

const none = (): undefined => undefined
const same = (failure: unknown): unknown => failure

const withExtension = (filename: string, extension: string): string =>
  fittingName(`${filename.replace(/\.[^.]{1,10}$/, "")}${extension}`)

const previewOf = (path: string, kind: MediaKind, isVoice: boolean): Effect.Effect<Preview> => {
  switch (kind) {
    case "image":
      return Effect.map(readPicture(path), (picture) => (picture === undefined ? {} : encoded(picture)))
    case "audio":
      return Effect.map(readRecording({ path, kind: isVoice ? "voiceNote" : "audio" }), encoded)
    case "video":
      return Effect.map(readRecording({ path, kind: "video" }), encoded)
    case "sticker":
    case "document":
      return Effect.succeed({})
  }
}

const encoded = ({ thumbnail, waveform, ...numbers }: Partial<Picture> & Recording): Preview => ({
  ...numbers,
  ...(thumbnail === undefined ? {} : { thumbnail: thumbnail.toString("base64") }),
  ...(waveform === undefined ? {} : { waveform: Buffer.from(waveform).toString("base64") })
})
