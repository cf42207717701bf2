/** The content of a message that is a file. */
import { Effect } from "effect"
import type { MediaKind, OutgoingContent } from "../events/content.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { StoredFile } from "../store/media/media-folder.ts"
import { isVoiceNote } from "./media-type.ts"

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
}

export interface OutgoingFile {
  readonly kind: MediaKind
  readonly mimetype: string
  readonly filename: string | undefined
  readonly caption: string | undefined
  /** By default true for the kind of audio that WhatsApp records as voice notes. */
  readonly voiceNote?: boolean | undefined
}

/** Keeps the file when it runs, and returns the content that refers to it. */
export const keptContent = (
  file: ArrivedFile,
  { kind, mimetype, filename, caption, voiceNote }: OutgoingFile
): Effect.Effect<OutgoingContent, StoreUnavailable> =>
  Effect.map(
    Effect.tryPromise({ try: () => file.keep(), catch: (failure) => failure as StoreUnavailable }),
    (stored): OutgoingContent => ({
      kind,
      media: { ...stored, mimetype },
      ...(filename === undefined ? {} : { filename }),
      ...(caption === undefined ? {} : { caption }),
      ...((voiceNote ?? isVoiceNote(kind, mimetype)) ? { voiceNote: true } : {})
    })
  )
