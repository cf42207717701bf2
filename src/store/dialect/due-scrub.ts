/**
 * Empties the write-ahead log after an erasure. A reader with a long transaction, such as a backup, keeps it from being emptied. The
 * erasure does not fail for that: the log is then due, and is emptied when the reader has ended, at the latest by the next start
 * (sqlite.ts). Keeps LOG-8.
 */

/** A reader uses the write-ahead log. */
export class WalInUse extends Error {}

/** A moment; a reader that lasts longer is not waited for. */
const TRIES = 100
const AGAIN_MS = 1_000

export class DueScrub {
  readonly #empty: (tries: number) => Promise<void>
  readonly #notice: (sentence: string) => void
  #asked = 0
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  /** `empty` rejects with WalInUse if a reader uses the log at each of so many tries. `notice` is called when it is due, and when that ends. */
  constructor(empty: (tries: number) => Promise<void>, notice: (sentence: string) => void) {
    this.#empty = empty
    this.#notice = notice
  }

  /** Resolves when the log is empty, or due. Rejects if the disk fails. */
  async run(): Promise<void> {
    this.#asked++
    if (this.#timer !== undefined) return
    try {
      await this.#empty(TRIES)
    } catch (failure) {
      if (!(failure instanceof WalInUse)) throw failure
      // Another erasure may have waited at the same time.
      if (this.#timer !== undefined || this.#isClosed) return
      this.#notice("erased content stays in the write-ahead log until the backup, or the other reader, has ended")
      this.#tryLater()
    }
  }

  /** Ends the tries. Who closes the database empties its log too. */
  close(): void {
    this.#isClosed = true
    clearTimeout(this.#timer)
  }

  #tryLater(): void {
    if (this.#isClosed) return
    this.#timer = setTimeout(() => void this.#tryAgain(), AGAIN_MS).unref()
  }

  async #tryAgain(): Promise<void> {
    const asked = this.#asked
    try {
      await this.#empty(1)
    } catch {
      // The reader reads on, or the disk fails, which the next write tells: it stays due.
      return this.#tryLater()
    }
    // What was erased meanwhile may have come after.
    if (asked !== this.#asked) return this.#tryLater()
    this.#timer = undefined
    this.#notice("the write-ahead log was emptied: it holds no erased content")
  }
}
