/** Files of received messages: fetched from WhatsApp on request or on arrival, checked, and kept in the media folder. */
import { Context, Deferred, Effect, Layer, Semaphore } from "effect"
import { fileNameOf } from "../events/content.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Database } from "../store/database.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { ExpiringMap } from "../store/expiring-map.ts"
import { FileTooLarge, MediaFolder } from "../store/media/media-folder.ts"
import { removeUnlessReferenced } from "../store/media/media-references.ts"
import { MediaGone, MediaUnusable, type NoAnswer, type ReceivedMedia, WhatsApp } from "./whatsapp.ts"

export type FetchFailure = MediaGone | MediaUnusable | NoAnswer | FileTooLarge | StoreUnavailable

/** A file in the media folder. */
export interface KeptFile {
  readonly name: string
  readonly bytes: number
}

export interface ReceivedFilesShape {
  /**
   * The file, from the folder or from WhatsApp. A second request for a file that is being fetched waits for the same fetch. When WhatsApp
   * has it no longer, `uploadAgain` is run once: it answers the path where the file is then, or fails when the phone does not have
   * it either. Without it, the phone is not asked.
   */
  readonly fetch: (
    media: ReceivedMedia,
    uploadAgain?: Effect.Effect<string, MediaGone>
  ) => Effect.Effect<KeptFile, FetchFailure>
}

const DOWNLOADS_MAX = 8
/** The phone is asked again for a file that it did not have only after this time. */
const GONE_MS = 600_000
const GONE_MAX = 10_000

export class ReceivedFiles extends Context.Service<ReceivedFiles, ReceivedFilesShape>()(
  "bitacora/whatsapp/ReceivedFiles"
) {
  /** `bytesMax`: a larger file is not fetched. */
  static readonly layer = (bytesMax: number) =>
    Layer.effect(
      ReceivedFiles,
      Effect.gen(function* () {
        const context = yield* Effect.context<Database | MediaFolder>()
        const folder = yield* MediaFolder
        const whatsapp = yield* WhatsApp
        const permits = yield* Semaphore.make(DOWNLOADS_MAX)
        const underWay = new Map<string, Deferred.Deferred<KeptFile, FetchFailure>>()

        const fetch = (media: ReceivedMedia, name: string): Effect.Effect<KeptFile, FetchFailure> =>
          Effect.gen(function* () {
            const pieces = yield* whatsapp.download(media)
            const sink = yield* folder.begin(bytesMax)
            const kept = yield* Effect.tryPromise({
              try: async () => {
                try {
                  for await (const piece of pieces) await sink.write(piece)
                  if (sink.sha256() !== hex(media.remote.fileSha256))
                    throw new MediaUnusable({ reason: "its SHA-256 is not the one in the message" })
                } catch (failure) {
                  await sink.abort()
                  throw failure
                }
                const { bytes } = await sink.finish(name)
                sink.release()
                return { name, bytes }
              },
              catch: (failure) => failure as FetchFailure
            })
            // Its message may have been erased in the meantime.
            yield* Effect.provideContext(removeUnlessReferenced([name]), context)
            return (yield* folder.sizeOf(name)) === undefined ? yield* new MediaGone() : kept
          })

        /** The phone did not have these when it was last asked. */
        const gone = new ExpiringMap<true>(GONE_MAX)
        const downloaded = (media: ReceivedMedia, name: string) => permits.withPermits(1)(fetch(media, name))
        const elsewhere = (media: ReceivedMedia, name: string, uploadAgain: Effect.Effect<string, MediaGone>) =>
          Effect.gen(function* () {
            if (gone.get(name, yield* elapsedMs)) return yield* new MediaGone()
            const directPath = yield* uploadAgain
            return yield* downloaded({ ...media, remote: { ...media.remote, directPath } }, name)
          }).pipe(
            Effect.tapError((failure) =>
              Effect.map(elapsedMs, (now) => {
                if (failure._tag === "MediaGone") gone.set(name, true, { now, lifetimeMs: GONE_MS })
              })
            )
          )

        return ReceivedFiles.of({
          fetch: (media, uploadAgain) =>
            Effect.gen(function* () {
              const name = fileNameOf(media)
              if (name === undefined)
                return yield* new MediaUnusable({ reason: "its message has no valid SHA-256 and key" })
              if ((media.bytes ?? 0) > bytesMax) return yield* new FileTooLarge({ bytesMax })
              const bytes = yield* folder.sizeOf(name)
              if (bytes !== undefined) return { name, bytes }
              const awaited = underWay.get(name)
              if (awaited) return yield* Deferred.await(awaited)
              const result = Deferred.makeUnsafe<KeptFile, FetchFailure>()
              underWay.set(name, result)
              const exit = yield* downloaded(media, name).pipe(
                Effect.catchTag("MediaGone", (failure) =>
                  uploadAgain ? elsewhere(media, name, uploadAgain) : Effect.fail(failure)
                ),
                Effect.exit
              )
              underWay.delete(name)
              yield* Deferred.done(result, exit)
              return yield* exit
            })
        })
      })
    )
}

const hex = (base64: string | null): string => Buffer.from(base64 ?? "", "base64").toString("hex")
