/**
 * A copy of a data directory with an embedded store, made while a gateway runs on it, that a gateway can be started from.
 *
 * The database is copied by VACUUM INTO, in one read transaction and row by row: the copy is the store at one moment, and no freed
 * page with erased content gets into it. SQLite's page-by-page backup would begin again at every commit of the gateway, and carry a
 * damaged page along. It runs in a thread, since it answers nobody before its end. The files follow that the copied rows refer to;
 * they never change.
 */
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs"
import { constants, copyFile, open } from "node:fs/promises"
import { basename, dirname, join, relative, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Worker } from "node:worker_threads"
import { toHex } from "../../events/envelope.ts"
import type { CopyFailure, CopyOrder } from "./backup-worker.ts"
import { databaseFileIn, mediaDirectoryIn } from "../data-directory.ts"
import { isDiskFull } from "../disk-full.ts"

/** Terminal: there is no backup, and what to do about it. */
export class BackupProblem extends Error {
  readonly _tag = "BackupProblem"
}

export interface Backup {
  readonly folder: string
  /** Where the log in it ends. */
  readonly position: number
  readonly hash: string
  readonly files: number
  readonly bytes: number
  readonly keys: readonly string[]
}

export interface BackupOptions {
  /** Files of the data directory that are copied, too, where they are there. */
  readonly keys: readonly string[]
  /** Told how many bytes of the database are copied, roughly, then how many files. */
  readonly progress: (what: "bytes" | "files", done: number, all: number) => void
}

/** What a backup is called until it is whole and durable; whoever ends the process before removes it. */
export const partialOf = (folder: string): string => `${resolve(folder)}.partial`

/** Every event that was acknowledged before this was called is in it. Rejects, where it cannot be made whole, with nothing left. */
export const makeBackup = async (dataDirectory: string, folder: string, options: BackupOptions): Promise<Backup> => {
  const target = resolve(folder)
  const partial = partialOf(folder)
  if (existsSync(target)) throw new BackupProblem(`${folder} is there already; a backup makes its own folder`)
  if (isInside(target, resolve(dataDirectory))) {
    throw new BackupProblem(`${folder} is in the data directory, which it is to be a copy of; choose another place`)
  }
  try {
    mkdirSync(partial, { mode: 0o700 })
  } catch (failure) {
    if ((failure as { code?: string }).code !== "EEXIST") throw failure
    const reason = "another backup is being made there, or one was killed"
    throw new BackupProblem(`${partial} is there: ${reason}; remove it if nothing writes to it`, { cause: failure })
  }
  try {
    const { position, hash, names } = await copyDatabase(dataDirectory, partial, options)
    const files = await copyFiles(names, mediaDirectoryIn(dataDirectory), mediaDirectoryIn(partial), options)
    const keys = options.keys.filter((name) => existsSync(join(dataDirectory, name)))
    for (const name of keys) await copyDurably(join(dataDirectory, name), join(partial, name))
    await sync(partial)
    renameSync(partial, target)
    await sync(dirname(target))
    return { folder: target, position, hash, ...files, bytes: files.bytes + sizeOf(databaseFileIn(target)), keys }
  } catch (failure) {
    rmSync(partial, { recursive: true, force: true })
    if (!isDiskFull(failure)) throw failure
    throw new BackupProblem(`there is not enough room for a backup in ${dirname(target)}`, { cause: failure })
  }
}

const PROGRESS_MS = 200

const copyDatabase = async (from: string, to: string, { progress }: BackupOptions) => {
  const order: CopyOrder = { from: databaseFileIn(from), to: databaseFileIn(to) }
  const all = sizeOf(order.from)
  const timer = setInterval(() => progress("bytes", Math.min(sizeOf(order.to), all), all), PROGRESS_MS)
  try {
    await copyInThread(order)
  } finally {
    clearInterval(timer)
  }
  chmodSync(order.to, 0o600)
  await sync(order.to)
  return readCopy(order.to)
}

const copyInThread = (order: CopyOrder): Promise<void> =>
  new Promise((resolve, reject) => {
    const worker = new Worker(new URL("backup-worker.ts", import.meta.url), { workerData: order })
    worker.on("message", (failure: CopyFailure) => reject(Object.assign(new Error(failure.message), failure)))
    worker.on("error", reject)
    worker.on("exit", (code) => (code === 0 ? resolve() : reject(new Error(`the copying thread ended with ${code}`))))
  })

interface Head {
  readonly position: number
  readonly hash: Uint8Array
}

const readCopy = (file: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const head = db.prepare("SELECT position, hash FROM log_head WHERE id = 1").get() as Head | undefined
    if (!head) throw new BackupProblem("the log has no head: somebody has removed it, and a copy would be no backup")
    const references = db.prepare("SELECT DISTINCT file_name FROM media_reference ORDER BY file_name").all()
    return {
      position: head.position,
      hash: toHex(head.hash),
      names: references.map(({ file_name: name }) => String(name))
    }
  } finally {
    db.close()
  }
}

/** Received files are there only where somebody asked for them; one that was erased just now is not missed either. */
const copyFiles = async (names: readonly string[], from: string, to: string, { progress }: BackupOptions) => {
  mkdirSync(to, { mode: 0o700 })
  const copied = { files: 0, bytes: 0 }
  for (const [index, name] of names.entries()) {
    progress("files", index, names.length)
    const path = join(to, basename(name))
    try {
      await copyDurably(join(from, basename(name)), path)
    } catch (failure) {
      if ((failure as { code?: string }).code !== "ENOENT") throw failure
      continue
    }
    copied.files++
    copied.bytes += sizeOf(path)
  }
  await sync(to)
  return copied
}

const copyDurably = async (from: string, to: string): Promise<void> => {
  await copyFile(from, to, constants.COPYFILE_EXCL)
  await sync(to)
}

/** A file or a directory. */
const sync = async (path: string): Promise<void> => {
  const handle = await open(path, "r")
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

const sizeOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0

const isInside = (path: string, directory: string): boolean => {
  const way = relative(directory, path)
  return way !== "" && !way.startsWith("..") && way !== path
}
