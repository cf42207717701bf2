/** The wall clock of another process, settable while it runs (libfaketime); elapsed time is unaffected. */
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isNotHere } from "./not-here.ts"

const library = existsSync("/usr/lib")
  ? readdirSync("/usr/lib")
      .map((name) => join("/usr/lib", name, "faketime", "libfaketimeMT.so.1"))
      .find((file) => existsSync(file))
  : undefined

export const canSetClock =
  library !== undefined || isNotHere("libfaketime is missing", "a clock that is set is tested in one process only")

export class SetClock implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), "bitacora-clock-"))
  readonly #file = join(this.#folder, "clock")
  /** Milliseconds by which it is ahead; undefined while it is frozen. */
  #ahead: number | undefined
  #stands = 0

  /** Starts right. */
  constructor() {
    this.setBy(0)
  }

  /** The environment for the process with this clock; its time zone is UTC unless one is given. */
  get env(): Readonly<Record<string, string>> {
    return {
      TZ: "UTC",
      LD_PRELOAD: library ?? "",
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1"
    }
  }

  /** Its time, in epoch milliseconds. */
  get now(): number {
    return this.#ahead === undefined ? this.#stands : Date.now() + this.#ahead
  }

  /** Sets it ahead of the true time by so many milliseconds, or behind for a negative number. */
  setBy(ms: number): void {
    this.#ahead = ms
    this.#write(`${ms < 0 ? "-" : "+"}${Math.abs(ms) / 1_000}`)
  }

  /** Freezes it at a whole second. */
  freezeAt(ms: number): void {
    this.#ahead = undefined
    this.#stands = Math.floor(ms / 1_000) * 1_000
    this.#write(new Date(this.#stands).toISOString().slice(0, 19).replace("T", " "))
  }

  /** Takes effect at once: the process may read the clock at any moment. */
  #write(text: string): void {
    writeFileSync(`${this.#file}.new`, text)
    renameSync(`${this.#file}.new`, this.#file)
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true })
  }
}
