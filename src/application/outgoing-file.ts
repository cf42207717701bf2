/** The content of a message that is a file. */
import { Effect } from "effect"
import type { MediaKind, OutgoingContent } from "../events/content.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { StoredFile } from "../store/media/media-folder.ts"
import { isVoiceNote } from "./media-type.ts"

/** Characters that WhatsApp takes in one text or caption. */
export const TEXT_MAX = 65_536

/** A file that has arrived with a request. It is deleted at the end of the request, unless it was kept. */
export interface ArrivedFile {
  /** The MIME type that its content tells; null where it tells none. */
  readonly detectedType: string | null
  /** In hex. */
  readonly sha256: string
  /** Resolves once the file is durable. Rejects with StoreUnavailable. */
  readonly keep: () => Promise<StoredFile>
}

export interface OutgoingFile {
  readonly kind: MediaKind
  readonly mimetype: string
  readonly filename: string | undefined
  readonly caption: string | undefined
  /** By default, audio of the kind that WhatsApp records as voice notes is one. */
  readonly voiceNote?: boolean | undefined
}

/** Keeps the file when it is run, and answers the content that refers to it. */
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
