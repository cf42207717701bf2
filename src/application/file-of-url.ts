/** Takes a file that a client names by URL instead of sending it. Keeps SEC-3. */
import { Effect, Semaphore } from "effect"
import type { FetchProblem } from "../outbound/fetch-file.ts"
import { Outbound } from "../outbound/outbound.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { Limits } from "./limits.ts"

/** Takes the pieces of a file as if the client had sent them. */
export type Receive<File> = (pieces: AsyncIterable<Uint8Array>, filename: string | undefined) => Promise<File>

export interface FileOfUrl<File> {
  readonly file: File
  /** What its server says that it is; null if it does not say. */
  readonly mimetype: string | null
}

/** For the whole file. */
const TIMEOUT_MS = 60_000
/** Each takes room on the disk until its message is recorded. */
const atOnce = Semaphore.makeUnsafe(8)

/** Fails with FetchProblem if the URL may not be used, or gives no file in time and within the size limit. */
export const fileOfUrl = <File>(
  url: string,
  receive: Receive<File>
): Effect.Effect<FileOfUrl<File>, FetchProblem | StoreUnavailable, Outbound | Limits> =>
  Effect.gen(function* () {
    const { fetchFile } = yield* Outbound
    const { attachmentBytesMax: bytesMax } = yield* Limits
    return yield* Effect.tryPromise({
      try: async (signal) => {
        const { mimetype, filename, pieces } = await fetchFile(url, { bytesMax, timeoutMs: TIMEOUT_MS })
        return { file: await receive(until(signal, pieces), filename ?? undefined), mimetype }
      },
      catch: (failure) => failure as FetchProblem | StoreUnavailable
    })
  }).pipe(atOnce.withPermits(1))

/** Ends early, and with it the connection, when its client no longer waits for the file. */
async function* until(signal: AbortSignal, pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    if (signal.aborted) return
    yield piece
  }
}
