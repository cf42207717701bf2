/**
 * What the embedded store does about a full disk: it refuses writes, serves reads, and accepts writes again once there is room.
 *
 * A reserve file lies beside the database. SQLite needs room even to tidy up (a checkpoint, a DELETE). When the disk becomes full, the
 * reserve is deleted to make that room; it is created again before the next write.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { DiskFull, isDiskFull } from "../disk-full.ts"

const RESERVE_BYTES = 1_048_576
/** Needed beyond the reserve: the write-ahead log may grow by this much before SQLite writes it back. */
const ROOM_BYTES = 6 * 1_048_576

export class DiskReserve {
  readonly #file: string
  readonly #notice: (sentence: string) => void
  #isFull = false

  /** `notice` is called when writing stops and when it continues. */
  constructor(databaseFile: string, notice: (sentence: string) => void) {
    this.#file = `${databaseFile}.reserve`
    this.#notice = notice
    if (!this.#make()) this.given()
  }

  /** Throws DiskFull while there is no room. */
  demandRoom(): void {
    if (!this.#isFull) return
    const { bavail, bsize } = statfsSync(dirname(this.#file))
    if (bavail * bsize < RESERVE_BYTES + ROOM_BYTES || !this.#make()) throw new DiskFull()
    this.#isFull = false
    this.#notice("the disk has room again: writes are accepted")
  }

  /** The disk is full: deletes the reserve. */
  given(): void {
    rmSync(this.#file, { force: true })
    if (!this.#isFull) this.#notice("the disk is full: writes are refused until there is room; reads continue")
    this.#isFull = true
  }

  #make(): boolean {
    if (statSync(this.#file, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return true
    try {
      const file = openSync(this.#file, "w", 0o600)
      try {
        // Written byte by byte: a sparse file would reserve nothing.
        for (let bytes = 0; bytes < RESERVE_BYTES; ) bytes += writeSync(file, Buffer.alloc(RESERVE_BYTES - bytes))
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      return true
    } catch (failure) {
      if (!isDiskFull(failure)) throw failure
      rmSync(this.#file, { force: true })
      return false
    }
  }
}
