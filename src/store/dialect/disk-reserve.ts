/**
 * What the embedded store does about a full disk: nothing more is written, reads go on, and writing goes on by itself once there is
 * room.
 *
 * A reserve lies beside the database. SQLite needs room even to tidy up (a checkpoint, a DELETE); on a disk that has become full the
 * reserve is given away for that, and made again before the next write.
 */
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs"
import { dirname } from "node:path"
import { DiskFull, isDiskFull } from "../disk-full.ts"

const RESERVE_BYTES = 1_048_576
/** Beyond the reserve: what the log file may grow by before SQLite writes it back. */
const ROOM_BYTES = 6 * 1_048_576

export class DiskReserve {
  readonly #file: string
  readonly #notice: (sentence: string) => void
  #isFull = false

  /** `notice` is told when writing stops and when it goes on. */
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
    this.#notice("there is room on the disk again: the store is written to")
  }

  /** The disk is full: gives the reserve away. */
  given(): void {
    rmSync(this.#file, { force: true })
    if (!this.#isFull)
      this.#notice("the disk is full: nothing is written to the store until there is room; reading goes on")
    this.#isFull = true
  }

  #make(): boolean {
    if (statSync(this.#file, { throwIfNoEntry: false })?.size === RESERVE_BYTES) return true
    try {
      const file = openSync(this.#file, "w", 0o600)
      try {
        // A file with holes would reserve nothing.
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
