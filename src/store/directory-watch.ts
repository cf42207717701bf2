/**
 * Looks once a second whether the data directory is still the one that the gateway took. An operator, a backup tool or an unmounted disk
 * can remove or replace it while the gateway runs; the open files would go on taking writes that no later start will find. Keeps LOG-1 and
 * DEV-3.
 */
import { statSync } from "node:fs"
import { type DataDirectory, DirectoryInUse } from "./data-directory.ts"

export interface DirectoryEvents {
  /** Another gateway has taken the directory: this one must end. */
  readonly taken: () => void
  /** Called with a sentence when the directory is gone, and when it is back. */
  readonly notice: (sentence: string) => void
}

const LOOK_MS = 1_000

export class DirectoryWatch {
  readonly #directory: DataDirectory
  readonly #file: string | undefined
  readonly #inode: bigint | undefined
  readonly #events: DirectoryEvents
  readonly #timer: NodeJS.Timeout
  #problem: string | undefined

  /** `file`: the database in the directory; undefined where it is on a server. */
  constructor(directory: DataDirectory, file: string | undefined, events: DirectoryEvents) {
    this.#directory = directory
    this.#file = file
    this.#inode = file === undefined ? undefined : inodeOf(file)
    this.#events = events
    this.#timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** Why nothing may be written; undefined while all is well. */
  get problem(): string | undefined {
    return this.#problem
  }

  look(): void {
    const before = this.#problem
    this.#problem = this.#find()
    if (this.#problem !== undefined && before === undefined) this.#events.notice(this.#problem)
    if (this.#problem === undefined && before !== undefined) {
      this.#events.notice("DATA_DIR: the directory is back; writes are accepted again")
    }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  #find(): string | undefined {
    const { path } = this.#directory
    if (inodeOf(path) === undefined) return `DATA_DIR: ${path} has disappeared; writes are refused until it is back`
    if (this.#file !== undefined && inodeOf(this.#file) !== this.#inode) {
      return `DATA_DIR: ${this.#file} was removed or replaced; writes are refused. Put it back, or stop the gateway`
    }
    try {
      this.#directory.keepLock()
      return undefined
    } catch (failure) {
      if (failure instanceof DirectoryInUse) this.#events.taken()
      return failure instanceof Error ? failure.message : String(failure)
    }
  }
}

const inodeOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
