/** A file of a request that WhatsApp is given at once: no message refers to it. */
import { Effect } from "effect"
import type { MediaFile } from "../events/content.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { removeUnlessReferenced } from "../store/media/media-references.ts"
import type { ArrivedFile } from "./outgoing-file.ts"

/** Keeps the file in the media folder while `use` runs. It is deleted afterwards, unless a message has the same bytes. */
export const withSpooled = <A, E, R>(file: ArrivedFile, use: (media: MediaFile) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const stored = yield* Effect.tryPromise({ try: () => file.keep(), catch: (failure) => failure as StoreUnavailable })
    const { detectedType } = file
    // What cannot be deleted now, the next sweep of the folder deletes.
    const remove = Effect.andThen(
      Effect.promise(() => file.discard()),
      removeUnlessReferenced([stored.sha256])
    ).pipe(Effect.ignore)
    return yield* Effect.ensuring(use({ ...stored, mimetype: detectedType ?? "application/octet-stream" }), remove)
  })
