/**
 * A file that stands in base64 inside a JSON body, or that the body names by a URL. It is written to disk like a file that is a field of
 * its own, and deleted at the end unless it was kept.
 */
import { Effect } from "effect"
import { Limits } from "../../application/limits.ts"
import type { Principal } from "../../application/principal.ts"
import { withSpooled } from "../../application/spooled-file.ts"
import type { MediaFile } from "../../events/content.ts"
import { type StoreUnavailable, storeUnavailable } from "../../store/errors.ts"
import { MediaFolder } from "../../store/media/media-folder.ts"
import { InvalidRequest } from "../input.ts"
import { fetchInto } from "./fetched-file.ts"
import { type GivenFile, UploadedFile } from "./uploaded-file.ts"

/** Such a body is in memory as a whole; larger files are sent by URL, or with another API. */
export const INLINE_BYTES_MAX = 16_000_000
/** Of the body around the file. */
const AROUND_BYTES = 1_000_000
/** Of a body with a file in base64. */
export const INLINE_BODY_BYTES_MAX = Math.ceil((INLINE_BYTES_MAX * 4) / 3) + AROUND_BYTES

export interface InlineFile {
  readonly base64: string
  readonly filename: string | undefined
}

type Use<A, E, R> = (file: GivenFile) => Effect.Effect<A, E, R>

/** `field`: what is wrong in the client's words if it is no base64. */
export const usingInlineFile = <A, E, R>({ base64, filename }: InlineFile, field: string, use: Use<A, E, R>) =>
  usingUpload((file) =>
    Effect.gen(function* () {
      const text = base64.replace(/^data:[^,]*,/, "")
      if (text.trim() === "") return yield* new InvalidRequest({ field, reason: "is empty" })
      const write = async () => {
        await file.writeText(text)
        await file.end()
      }
      yield* Effect.tryPromise({ try: write, catch: storeUnavailable })
      file.filename = filename
      const { problem } = file
      if (problem?._tag === "FileTooLarge") return yield* problem
      if (problem) return yield* new InvalidRequest({ field, reason: "must be base64" })
      return yield* use(file)
    })
  )

export const usingUrlFile = <A, E, R>(url: string, principal: Principal, use: Use<A, E, R>) =>
  usingUpload((upload) =>
    Effect.gen(function* () {
      const file = yield* fetchInto({ receive: (...piece) => upload.receive(...piece) }, { url, principal })
      if (file.problem?._tag === "FileTooLarge") return yield* file.problem
      return yield* use(file)
    })
  )

/** A picture that stands in base64 in the body, kept while `use` runs. */
export const usingPicture = <A, E, R>(
  base64: string,
  field: string,
  use: (picture: MediaFile) => Effect.Effect<A, E, R>
) => usingInlineFile({ base64, filename: undefined }, field, (file) => withSpooled(file, use))

const usingUpload = <A, E, R>(use: (file: UploadedFile) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const folder = yield* MediaFolder
    const { attachmentBytesMax } = yield* Limits
    const begin = () => Effect.runPromise(folder.begin(attachmentBytesMax))
    const file = new UploadedFile(begin)
    const discard = Effect.ignore(
      Effect.tryPromise({ try: () => file.discard(), catch: (failure) => failure as StoreUnavailable })
    )
    return yield* Effect.ensuring(use(file), discard)
  })
