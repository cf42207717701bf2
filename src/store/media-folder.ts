/**
 * Files that messages are made of, each named by the SHA-256 of its bytes. Keeps OUT-1 for media.
 *
 * A file is whole and durable before anybody hears of its name: it is written under another one, synced, and renamed. The same
 * bytes are kept once.
 */
import { createHash, randomUUID } from "node:crypto"
import { mkdirSync } from "node:fs"
import { mkdir, open, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Context, Effect, Layer } from "effect"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"

export interface StoredFile {
  readonly sha256: string
  readonly bytes: number
}

export interface MediaFolderShape {
  readonly directory: string
  /** Keeps these bytes; resolves when they would survive a power cut. */
  readonly put: (bytes: Uint8Array) => Effect.Effect<StoredFile, StoreUnavailable>
}

export class MediaFolder extends Context.Service<MediaFolder, MediaFolderShape>()("bitacora/store/MediaFolder") {
  static readonly layer = (directory: string) =>
    Layer.sync(MediaFolder, () => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      return MediaFolder.of({
        directory,
        put: (bytes) => Effect.tryPromise({ try: () => put(directory, bytes), catch: storeUnavailable })
      })
    })
}

const put = async (directory: string, bytes: Uint8Array): Promise<StoredFile> => {
  const sha256 = createHash("sha256").update(bytes).digest("hex")
  const name = join(directory, sha256)
  const known = await stat(name).catch(() => undefined)
  if (known?.size === bytes.length) return { sha256, bytes: bytes.length }
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const partial = `${name}.${randomUUID()}.part`
  try {
    const file = await open(partial, "wx", 0o600)
    try {
      await file.writeFile(bytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(partial, name)
  } catch (failure) {
    await rm(partial, { force: true })
    throw failure
  }
  await syncDirectory(directory)
  return { sha256, bytes: bytes.length }
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
