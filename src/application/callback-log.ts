/** A file that takes what the gateway's own webhooks say, for developers who have no receiver yet. Two files of a bounded size. */
import { appendFile, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Semaphore } from "effect"
import { type StoreUnavailable, storeUnavailable } from "../store/errors.ts"

const FILE = "message_log.txt"
const BYTES_MAX = 20_000_000

export class CallbackLog {
  readonly #path: string
  readonly #bytesMax: number
  readonly #oneAtATime = Semaphore.makeUnsafe(1)

  constructor(directory: string, bytesMax = BYTES_MAX) {
    this.#path = join(directory, FILE)
    this.#bytesMax = bytesMax
  }

  /** A line that does not fit any more begins a new file; the full one gets the ending `.1`, and the one before it is deleted. */
  append(line: string): Effect.Effect<void, StoreUnavailable> {
    const text = `${line}\r\n`
    const write = async () => {
      const { size } = await stat(this.#path).catch(() => ({ size: 0 }))
      if (size > 0 && size + Buffer.byteLength(text) > this.#bytesMax) await rename(this.#path, `${this.#path}.1`)
      await appendFile(this.#path, text, { mode: 0o600 })
    }
    return Effect.tryPromise({ try: write, catch: storeUnavailable }).pipe(this.#oneAtATime.withPermits(1))
  }
}
