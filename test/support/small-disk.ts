/** A small disk in memory (tmpfs) that can be filled to the last byte. Needs root. */
import { execFileSync } from "node:child_process"
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { isNotHere } from "./not-here.ts"

export class SmallDisk implements Disposable {
  readonly directory: string
  readonly #filler: string

  constructor(megabytes: number) {
    this.directory = mkdtempSync(join(tmpdir(), "bitacora-disk-"))
    this.#filler = join(this.directory, "filler")
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", this.directory], { stdio: "pipe" })
    } catch (failure) {
      rmSync(this.directory, { recursive: true })
      throw failure
    }
  }

  /** Fills all its free space. */
  fill(): void {
    const file = openSync(this.#filler, "a")
    let bytes = 1_048_576
    while (bytes >= 1) {
      try {
        writeSync(file, Buffer.alloc(bytes))
      } catch {
        bytes = Math.floor(bytes / 2)
      }
    }
    closeSync(file)
  }

  /** Frees the space again. */
  makeRoom(): void {
    rmSync(this.#filler, { force: true })
  }

  [Symbol.dispose](): void {
    execFileSync("umount", [this.directory])
    rmSync(this.directory, { recursive: true })
  }
}

export const canMount = ((): boolean => {
  try {
    new SmallDisk(1)[Symbol.dispose]()
    return true
  } catch {
    return isNotHere("no tmpfs can be mounted (that takes root)", "a full disk is not tested")
  }
})()
