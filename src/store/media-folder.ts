/**
 * Files that messages are made of, each named by the SHA-256 of its bytes. Keeps OUT-1 for media.
 *
 * A file is written as it comes, under another name; it gets its own when it is whole and durable, before anybody hears of it. The
 * same bytes are kept once. What a crash left half written is removed at the next start.
 */
import { createHash, type Hash, randomUUID } from "node:crypto"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { type FileHandle, open, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Context, Effect, Layer, Schema } from "effect"
import { fileTypeFromBuffer } from "file-type"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"

export interface StoredFile {
  readonly sha256: string
  readonly bytes: number
  /** As the content says, not the name; null where it says nothing. */
  readonly detectedType: string | null
}

/** Rejection: more bytes than a file may have. Nothing of it is kept. */
export class FileTooLarge extends Schema.TaggedError<FileTooLarge>()("FileTooLarge", { bytesMax: Schema.Int }) {
  override get message(): string {
    return `the file has more than ${this.bytesMax} bytes`
  }
}

/** A file on its way in. Exactly one of `finish` and `abort` ends it. */
export interface MediaSink {
  /** Rejects with FileTooLarge, or with what the file system says. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Resolves when the file would survive a power cut. */
  readonly finish: () => Promise<StoredFile>
  readonly abort: () => Promise<void>
}

export interface MediaFolderShape {
  readonly directory: string
  readonly begin: (bytesMax: number) => Effect.Effect<MediaSink, StoreUnavailable>
  /** Keeps these bytes. */
  readonly put: (bytes: Uint8Array) => Effect.Effect<StoredFile, StoreUnavailable>
  /** The path of a file that is kept here. */
  readonly pathOf: (sha256: string) => string
}

export class MediaFolder extends Context.Service<MediaFolder, MediaFolderShape>()("bitacora/store/MediaFolder") {
  static readonly layer = (directory: string) =>
    Layer.sync(MediaFolder, () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      for (const name of readdirSync(directory)) if (name.endsWith(PARTIAL)) rmSync(join(directory, name))
      return MediaFolder.of({
        directory,
        begin: (bytesMax) =>
          Effect.tryPromise({ try: () => IncomingFile.open(directory, bytesMax), catch: storeUnavailable }),
        put: (bytes) =>
          Effect.tryPromise({
            try: async () => {
              const file = await IncomingFile.open(directory, bytes.length)
              await file.write(bytes)
              return file.finish()
            },
            catch: storeUnavailable
          }),
        pathOf: (sha256) => join(directory, sha256)
      })
    })
}

const PARTIAL = ".part"
/** What file-type looks at. */
const SAMPLE_BYTES = 4_100

class IncomingFile implements MediaSink {
  readonly #directory: string
  readonly #bytesMax: number
  readonly #path: string
  readonly #file: FileHandle
  readonly #hash: Hash = createHash("sha256")
  #bytes = 0
  #sample: Uint8Array = new Uint8Array(0)

  private constructor(directory: string, bytesMax: number, path: string, file: FileHandle) {
    this.#directory = directory
    this.#bytesMax = bytesMax
    this.#path = path
    this.#file = file
  }

  static async open(directory: string, bytesMax: number): Promise<IncomingFile> {
    const path = join(directory, `${randomUUID()}${PARTIAL}`)
    return new IncomingFile(directory, bytesMax, path, await open(path, "wx", 0o600))
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.length
    if (this.#bytes > this.#bytesMax) throw new FileTooLarge({ bytesMax: this.#bytesMax })
    if (this.#sample.length < SAMPLE_BYTES) {
      this.#sample = Buffer.concat([this.#sample, bytes.subarray(0, SAMPLE_BYTES - this.#sample.length)])
    }
    this.#hash.update(bytes)
    await this.#file.write(bytes)
  }

  async finish(): Promise<StoredFile> {
    const sha256 = this.#hash.digest("hex")
    const path = join(this.#directory, sha256)
    const detected = await fileTypeFromBuffer(this.#sample)
    const known = await stat(path).catch(() => undefined)
    if (known?.size === this.#bytes) await this.abort()
    else {
      await this.#file.sync()
      await this.#file.close()
      await rename(this.#path, path)
      await syncDirectory(this.#directory)
    }
    return { sha256, bytes: this.#bytes, detectedType: detected?.mime ?? null }
  }

  async abort(): Promise<void> {
    await this.#file.close()
    await rm(this.#path, { force: true })
  }
}

/** Makes the rename itself durable. */
const syncDirectory = async (directory: string): Promise<void> => {
  const handle = await open(directory, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
