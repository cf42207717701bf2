/** Files of received messages: fetched from WhatsApp when somebody wants one, checked, and kept in the media folder. */
import { Context, Deferred, Effect, Layer, Semaphore } from "effect"
import type { StoreUnavailable } from "../store/errors.ts"
import { FileTooLarge, MediaFolder, type StoredFile } from "../store/media-folder.ts"
import { type MediaGone, MediaUnusable, type NoAnswer, type ReceivedMedia, WhatsApp } from "./whatsapp.ts"

export type FetchFailure = MediaGone | MediaUnusable | NoAnswer | FileTooLarge | StoreUnavailable

export interface ReceivedFilesShape {
  /** The file, from the folder or from WhatsApp; who asks for one that is on its way waits for it. */
  readonly fetch: (media: ReceivedMedia) => Effect.Effect<StoredFile, FetchFailure>
}

const DOWNLOADS_MAX = 4

export class ReceivedFiles extends Context.Service<ReceivedFiles, ReceivedFilesShape>()(
  "bitacora/whatsapp/ReceivedFiles"
) {
  /** `bytesMax`: larger files are not fetched. */
  static readonly layer = (bytesMax: number) =>
    Layer.effect(
      ReceivedFiles,
      Effect.gen(function* () {
        const folder = yield* MediaFolder
        const whatsapp = yield* WhatsApp
        const permits = yield* Semaphore.make(DOWNLOADS_MAX)
        const underWay = new Map<string, Deferred.Deferred<StoredFile, FetchFailure>>()

        const fetch = (media: ReceivedMedia, sha256: string): Effect.Effect<StoredFile, FetchFailure> =>
          Effect.gen(function* () {
            const pieces = yield* whatsapp.download(media)
            const sink = yield* folder.begin(bytesMax)
            return yield* Effect.tryPromise({
              try: async () => {
                try {
                  for await (const piece of pieces) await sink.write(piece)
                  if (sink.sha256() !== sha256) throw new MediaUnusable({ reason: "it is not what was sent" })
                } catch (failure) {
                  await sink.abort()
                  throw failure
                }
                const file = await sink.finish()
                sink.release()
                return file
              },
              catch: (failure) => failure as FetchFailure
            })
          })

        return ReceivedFiles.of({
          fetch: (media) =>
            Effect.gen(function* () {
              const { fileSha256 } = media.remote
              if (fileSha256 === null) return yield* new MediaUnusable({ reason: "it does not say what it is" })
              if ((media.bytes ?? 0) > bytesMax) return yield* new FileTooLarge({ bytesMax })
              const sha256 = Buffer.from(fileSha256, "base64").toString("hex")
              const bytes = yield* folder.sizeOf(sha256)
              if (bytes !== undefined) return { sha256, bytes }
              const awaited = underWay.get(sha256)
              if (awaited) return yield* Deferred.await(awaited)
              const result = Deferred.makeUnsafe<StoredFile, FetchFailure>()
              underWay.set(sha256, result)
              const exit = yield* Effect.exit(permits.withPermits(1)(fetch(media, sha256)))
              underWay.delete(sha256)
              yield* Deferred.done(result, exit)
              return yield* exit
            })
        })
      })
    )
}
