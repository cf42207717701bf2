/**
 * What the embedded store does about a failing disk (EIO).
 *
 * After a failed sync the system may have dropped the pages, while reads still return them from memory, and a second sync of the same
 * file reports success. Therefore, before anything else is written, everything that was committed is written into the database file
 * and synced there, and the write-ahead log, whose state on the disk is unknown, is emptied. While the disk refuses that, writes are
 * refused and reads continue.
 */
const SQLITE_IOERR = 10

export class DiskDoubt {
  readonly #settle: () => Promise<void>
  readonly #notice: (sentence: string) => void
  #isDoubted = false

  /** `settle` writes what was committed to the disk again. `notice` is called when writing stops and when it continues. */
  constructor(settle: () => Promise<void>, notice: (sentence: string) => void) {
    this.#settle = settle
    this.#notice = notice
  }

  /** Call it with every failure of a transaction. */
  failed(failure: unknown): void {
    if (!isDiskFailure(failure) || this.#isDoubted) return
    this.#isDoubted = true
    this.#notice("the disk failed: writes are refused until the disk has stored what was committed; reads continue")
  }

  /** Rejects while the disk does not store what was committed. */
  async demandCertainty(): Promise<void> {
    if (!this.#isDoubted) return
    await this.#settle()
    this.#isDoubted = false
    this.#notice("the disk has stored what was committed: writes are accepted again")
  }
}

export const isDiskFailure = (failure: unknown): boolean => {
  if (typeof failure !== "object" || failure === null) return false
  const { errcode, cause } = failure as Record<string, unknown>
  return (typeof errcode === "number" && (errcode & 0xff) === SQLITE_IOERR) || isDiskFailure(cause)
}
