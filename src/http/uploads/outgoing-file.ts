/** The content of a message that is a file, as every dialect sends it. */
import { Effect } from "effect"
import type { MediaKind, OutgoingContent } from "../../events/message.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { GivenFile } from "./file-body.ts"
import { isVoiceNote } from "./media-type.ts"

/** Characters that WhatsApp takes in one text or caption. */
export const TEXT_MAX = 65_536
export const FILENAME_MAX = 255

export interface OutgoingFile {
  readonly kind: MediaKind
  readonly mimetype: string
  readonly filename: string | undefined
  readonly caption: string | undefined
  /** Undefined where nobody said: then what is recorded as voice notes are is one. */
  readonly voiceNote?: boolean | undefined
}

/** Keeps the file when it is run, and answers the content that refers to it. */
export const keptContent = (
  file: GivenFile,
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
