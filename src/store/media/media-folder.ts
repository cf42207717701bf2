/**
 * The files of messages, by their names (`fileNameOf`). Keeps OUT-1 for media.
 *
 * A file is written under a temporary name while it arrives. It gets its own name when it is complete and durable, before any caller
 * learns of it. The same bytes are stored once. The next start deletes files that a crash left incomplete.
 */
import { createHash, type Hash, randomUUID } from "node:crypto"
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs"
import { type FileHandle, open, readdir, rename, rm, stat, utimes } from "node:fs/promises"
import { join } from "node:path"
import { Context, Effect, Layer, Schema } from "effect"
import { fileTypeFromBuffer } from "file-type"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"

export interface StoredFile {
  readonly sha256: string
  readonly bytes: number
}

/** Rejection: the file has more bytes than allowed. Nothing of it is kept. */
export class FileTooLarge extends Schema.TaggedError<FileTooLarge>()("FileTooLarge", { bytesMax: Schema.Int }) {
  override get message(): string {
    return `the file is larger than ${this.bytesMax} bytes, the maximum`
  }
}

/** A file that is being received. End it with exactly one of `finish` and `abort`. All reject with StoreUnavailable if the file system fails. */
export interface MediaSink {
  /** Where the bytes are until `finish` or `abort`. */
  readonly path: string
  /** Rejects with FileTooLarge. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** The MIME type by the first bytes, whatever the file's name; null if they do not tell. */
  readonly detectType: () => Promise<string | null>
  /** The SHA-256 of the bytes written so far, in hex. */
  readonly sha256: () => string
  /** Resolves when the file would survive a power cut. `name`: 64 hex digits, if it is not the SHA-256 of the bytes. */
  readonly finish: (name?: string) => Promise<StoredFile>
  /** Call it after `finish`, once the file's message is recorded or never will be. Until then the file is not deleted. */
  readonly release: () => void
  readonly abort: () => Promise<void>
}

export interface MediaFolderShape {
  readonly directory: string
  readonly begin: (bytesMax: number) => Effect.Effect<MediaSink, StoreUnavailable>
  /** The path of a file with this name, whether or not it exists. */
  readonly pathOf: (name: string) => string
  /** The file's size in bytes; undefined if it does not exist. */
  readonly sizeOf: (name: string) => Effect.Effect<number | undefined>
  /**
   * Deletes a file. Returns false if a message that is being recorded may refer to it, or if the same bytes have arrived since
   * `arrivedBefore`.
   */
  readonly remove: (name: string, arrivedBefore?: number) => Effect.Effect<boolean, StoreUnavailable>
  /** The names of files that last arrived before `timeMs` (epoch milliseconds). */
  readonly arrivedBefore: (timeMs: number) => Effect.Effect<readonly string[], StoreUnavailable>
}

export class MediaFolder extends Context.Service<MediaFolder, MediaFolderShape>()("bitacora/store/MediaFolder") {
  static readonly layer = (directory: string) =>
    Layer.sync(MediaFolder, () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      for (const name of readdirSync(directory)) if (name.endsWith(PARTIAL)) rmSync(join(directory, name))
      const held = new HeldNames()
      return MediaFolder.of({
        directory,
        begin: (bytesMax) =>
          Effect.tryPromise({ try: () => IncomingFile.open(directory, bytesMax, held), catch: storeUnavailable }),
        pathOf: (name) => join(directory, name),
        sizeOf: (name) => Effect.promise(() => sizeOf(join(directory, name))),
        remove: (name, arrivedBefore = Number.POSITIVE_INFINITY) =>
          Effect.try({
            try: () => {
              // No await between the check and the deletion.
              const path = join(directory, name)
              const arrivedAt = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
              if (held.has(name) || arrivedAt >= arrivedBefore) return false
              rmSync(path, { force: true })
              return true
            },
            catch: storeUnavailable
          }),
        arrivedBefore: (timeMs) =>
          Effect.tryPromise({ try: () => filesBefore(directory, timeMs), catch: storeUnavailable })
      })
    })
}

const PARTIAL = ".part"
/** The number of bytes that file-type examines. */
const SAMPLE_BYTES = 4_100

/** Names of files whose messages are not recorded yet. The same bytes may have arrived several times. */
class HeldNames {
  readonly #counts = new Map<string, number>()

  has(name: string): boolean {
    return this.#counts.has(name)
  }

  hold(name: string): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  release(name: string): void {
    const left = (this.#counts.get(name) ?? 0) - 1
    if (left > 0) this.#counts.set(name, left)
    else this.#counts.delete(name)
  }
}

const filesBefore = async (directory: string, timeMs: number): Promise<readonly string[]> => {
  const names: string[] = []
  for (const name of await readdir(directory)) {
    if (!/^[0-9a-f]{64}$/.test(name)) continue
    const { mtimeMs } = await stat(join(directory, name))
    if (mtimeMs < timeMs) names.push(name)
  }
  return names
}

class IncomingFile implements MediaSink {
  readonly #directory: string
  readonly #bytesMax: number
  readonly path: string
  readonly #file: FileHandle
  readonly #hash: Hash = createHash("sha256")
  readonly #held: HeldNames
  #heldName: string | undefined
  #bytes = 0
  #sample: Uint8Array = new Uint8Array(0)

  private constructor(directory: string, bytesMax: number, path: string, file: FileHandle, held: HeldNames) {
    this.#held = held
    this.#directory = directory
    this.#bytesMax = bytesMax
    this.path = path
    this.#file = file
  }

  static async open(directory: string, bytesMax: number, held: HeldNames): Promise<IncomingFile> {
    const path = join(directory, `${randomUUID()}${PARTIAL}`)
    return new IncomingFile(directory, bytesMax, path, await open(path, "wx", 0o600), held)
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length
    if (this.#bytes > this.#bytesMax) throw new FileTooLarge({ bytesMax: this.#bytesMax })
    if (this.#sample.length < SAMPLE_BYTES) {
      this.#sample = Buffer.concat([this.#sample, bytes.subarray(0, SAMPLE_BYTES - this.#sample.length)])
    }
    this.#hash.update(bytes)
    await orUnavailable(this.#file.writeFile(bytes))
  }

  async detectType(): Promise<string | null> {
    const detected = await fileTypeFromBuffer(this.#sample)
    return detected?.mime ?? null
  }

  sha256(): string {
    return this.#hash.copy().digest("hex")
  }

  async finish(name = this.sha256()): Promise<StoredFile> {
    const path = join(this.#directory, name)
    this.#held.hold(name)
    this.#heldName = name
    try {
      if ((await sizeOf(path)) === this.#bytes) {
        await this.abort()
        await orUnavailable(utimes(path, new Date(), new Date()))
      } else await orUnavailable(this.#rename(path))
    } catch (failure) {
      this.release()
      throw failure
    }
    return { sha256: this.sha256(), bytes: this.#bytes }
  }

  release(): void {
    if (this.#heldName === undefined) return
    this.#held.release(this.#heldName)
    this.#heldName = undefined
  }

  async abort(): Promise<void> {
    await orUnavailable(this.#file.close().finally(() => rm(this.path, { force: true })))
  }

  async #rename(path: string): Promise<void> {
    try {
      await this.#file.sync()
      await rename(this.path, path)
      await syncDirectory(this.#directory)
    } catch (failure) {
      await rm(this.path, { force: true })
      throw failure
    } finally {
      await this.#file.close()
    }
  }
}

const sizeOf = async (path: string): Promise<number | undefined> => {
  try {
    return (await stat(path)).size
  } catch {
    return undefined
  }
}

const orUnavailable = <A>(work: Promise<A>): Promise<A> =>
  work.catch((cause: unknown) => {
    throw storeUnavailable(cause)
  })

/** Makes the rename itself durable. */
const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
