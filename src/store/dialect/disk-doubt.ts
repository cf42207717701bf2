/**
 * What the embedded store does about a disk that fails (EIO).
 *
 * After a failed sync the system may have dropped what it was to write, and what is read back of it comes from memory; a second sync
 * of the same file says that all is well. So before anything else is written, all that was committed is written into the database
 * file and synced there, and the write-ahead log, in which nobody knows what the disk has, is emptied. As long as the disk does not take
 * that, writes are refused and reads go on.
 */
const SQLITE_IOERR = 10

export class DiskDoubt {
  readonly #settle: () => Promise<void>
  readonly #notice: (sentence: string) => void
  #isDoubted = false

  /** `settle`: brings what was committed to the disk anew. `notice` is told when writing stops and when it goes on. */
  constructor(settle: () => Promise<void>, notice: (sentence: string) => void) {
    this.#settle = settle
    this.#notice = notice
  }

  /** To be told of every failure of a transaction. */
  failed(failure: unknown): void {
    if (!isDiskFailure(failure) || this.#isDoubted) return
    this.#isDoubted = true
    this.#notice(
      "the disk failed: nothing is written to the store until it has taken what was committed; reading goes on"
    )
  }

  /** Rejects while the disk does not take what was committed. */
  async demandCertainty(): Promise<void> {
    if (!this.#isDoubted) return
    await this.#settle()
    this.#isDoubted = false
    this.#notice("the disk has what was committed: the store is written to")
  }
}

export const isDiskFailure = (failure: unknown): boolean => {
  if (typeof failure !== "object" || failure === null) return false
  const { errcode, cause } = failure as Record<string, unknown>
  return (typeof errcode === "number" && (errcode & 0xff) === SQLITE_IOERR) || isDiskFailure(cause)
}
