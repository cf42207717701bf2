/**
 * Copies a data directory with an embedded store, also while a gateway runs on it. A gateway can be started from the copy.
 *
 * VACUUM INTO copies the database in one read transaction, row by row: the copy is the store at one moment, and contains no freed page
 * with erased content. SQLite's page-by-page backup would start again at every commit of the gateway, and would copy a damaged page.
 * It runs in a process of its own, because it blocks until its end and only a kill ends it earlier. Then the files that the copied rows refer to are copied; they never
 * change.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { chmodSync, existsSync, mkdirSync, renameSync, statfsSync, statSync, writeFileSync } from "node:fs"
import { constants, copyFile, open, rm } from "node:fs/promises"
import { basename, dirname, join, relative, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { setImmediate as turnOfEventLoop } from "node:timers/promises"
import { toHex } from "../../events/envelope.ts"
import { programOf } from "../../installation.ts"
import type { CopyFailure, CopyOrder } from "./copy-database.ts"
import { databaseFileIn, mediaDirectoryIn } from "../data-directory.ts"
import { isDiskFull } from "../disk-full.ts"

/** Terminal: there is no backup. The message says what to do. */
export class BackupProblem extends Error {
  readonly _tag = "BackupProblem"
}

export interface Backup {
  readonly folder: string
  /** The last position of the log in the backup. */
  readonly position: number
  readonly hash: string
  readonly files: number
  readonly bytes: number
  readonly keys: readonly string[]
}

export type Described = Pick<Backup, "position" | "hash" | "files" | "bytes">

export interface BackupOptions {
  /** The folder may be inside the data directory: it is in the gateway's own folder of backups, which no backup copies. */
  readonly isOwn?: boolean
  /** A JSON file with this name in the backup describes it: `Described`. */
  readonly description?: string
  /** The backup is given up where it would leave fewer bytes free on its disk. */
  readonly freeBytesMin?: number
  /** Gives the backup up. */
  readonly signal?: AbortSignal
  /** Key files of the data directory to copy as well, if they exist. */
  readonly keys: readonly string[]
  /** Called with the bytes of the database that are copied, roughly, then with the number of files. */
  readonly progress: (what: "bytes" | "files", done: number, all: number) => void
}

/** The backup's name until it is complete and durable. A process that is ended before that removes it. */
export const partialOf = (folder: string): string => `${resolve(folder)}.partial`

/** The backup contains every event that was acknowledged before this call. Rejects, with nothing left, if it cannot be completed. */
export const makeBackup = async (dataDirectory: string, folder: string, options: BackupOptions): Promise<Backup> => {
  const target = resolve(folder)
  const partial = partialOf(folder)
  if (existsSync(target)) throw new BackupProblem(`${folder} exists already; name a folder that does not exist`)
  if (options.isOwn !== true && isInside(target, resolve(dataDirectory))) {
    throw new BackupProblem(`${folder} is inside the data directory that it would copy; name a folder outside of it`)
  }
  try {
    mkdirSync(partial, { mode: 0o700 })
  } catch (failure) {
    if ((failure as { code?: string }).code !== "EEXIST") throw failure
    const reason = "another backup is running there, or one was killed"
    throw new BackupProblem(`${partial} exists: ${reason}; remove it if nothing writes to it`, { cause: failure })
  }
  try {
    const { position, hash, names } = await copyDatabase(dataDirectory, partial, options)
    const files = await copyFiles(names, mediaDirectoryIn(dataDirectory), mediaDirectoryIn(partial), options)
    const keys = options.keys.filter((name) => existsSync(join(dataDirectory, name)))
    for (const name of keys) await copyDurably(join(dataDirectory, name), join(partial, name))
    const described: Described = { position, hash, ...files, bytes: files.bytes + sizeOf(databaseFileIn(partial)) }
    if (options.description !== undefined) await writeDurably(join(partial, options.description), described)
    await sync(partial)
    options.signal?.throwIfAborted()
    renameSync(partial, target)
    await sync(dirname(target))
    return { folder: target, ...described, keys }
  } catch (failure) {
    await rm(partial, { recursive: true, force: true })
    if (!isDiskFull(failure)) throw failure
    throw new BackupProblem(`the disk is full: there is not enough room for a backup in ${dirname(target)}`, {
      cause: failure
    })
  }
}

const PROGRESS_MS = 200

const copyDatabase = async (from: string, to: string, options: BackupOptions) => {
  const { progress, signal } = options
  const order: CopyOrder = { from: databaseFileIn(from), to: databaseFileIn(to) }
  const all = sizeOf(order.from)
  demandRoom(to, all, options)
  const timer = setInterval(() => progress("bytes", Math.min(sizeOf(order.to), all), all), PROGRESS_MS)
  try {
    await copyInProcess(order, signal)
  } finally {
    clearInterval(timer)
  }
  chmodSync(order.to, 0o600)
  await sync(order.to)
  return readCopy(order.to)
}

const copyInProcess = async (order: CopyOrder, signal: AbortSignal | undefined): Promise<void> => {
  signal?.throwIfAborted()
  const child = fork(programOf("store/backup/copy-database"), { execArgv: [], env: {}, stdio: "ignore" })
  // `once` rejects with the first error; a later one must not end this process.
  child.on("error", () => {})
  const giveUp = () => child.kill("SIGKILL")
  signal?.addEventListener("abort", giveUp, { once: true })
  let failure: CopyFailure | undefined
  child.once("message", (told: CopyFailure) => {
    failure = told
  })
  try {
    // What the process told may arrive after its end, but not after its channel's.
    const ended = Promise.all([once(child, "exit"), once(child, "disconnect")])
    // Where no process could be started, there is no channel. One that ended too early shows in its exit code.
    if (child.connected) child.send(order, () => {})
    const [[code, name]] = await ended
    signal?.throwIfAborted()
    if (failure !== undefined) throw Object.assign(new Error(failure.message), failure)
    if (code !== 0) throw new Error(`the copying process ended with ${code ?? name}`)
  } finally {
    signal?.removeEventListener("abort", giveUp)
  }
}

interface Head {
  readonly position: number
  readonly hash: Uint8Array
}

/** After so many names, other work gets its turn: a copy can have millions. */
const NAMES_IN_A_ROW = 2_000

const readCopy = async (file: string) => {
  const db = new DatabaseSync(file, { readOnly: true })
  try {
    const head = db.prepare("SELECT position, hash FROM log_head WHERE id = 1").get() as Head | undefined
    if (!head) throw new BackupProblem("the log has no head: the row was removed, so a copy would not be a backup")
    const references = db.prepare("SELECT DISTINCT file_name FROM media_reference ORDER BY file_name")
    const names: string[] = []
    for (const { file_name: name } of references.iterate()) {
      if (names.push(String(name)) % NAMES_IN_A_ROW === 0) await turnOfEventLoop()
    }
    return { position: head.position, hash: toHex(head.hash), names }
  } finally {
    db.close()
  }
}

/** Received files exist only if a client requested them. A file that was erased a moment ago is not an error either. */
const copyFiles = async (names: readonly string[], from: string, to: string, options: BackupOptions) => {
  mkdirSync(to, { mode: 0o700 })
  const copied = { files: 0, bytes: 0 }
  for (const [index, name] of names.entries()) {
    options.signal?.throwIfAborted()
    options.progress("files", index, names.length)
    const path = join(to, basename(name))
    demandRoom(to, sizeOf(join(from, basename(name))), options)
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

const writeDurably = async (path: string, content: unknown): Promise<void> => {
  writeFileSync(path, `${JSON.stringify(content)}\n`, { mode: 0o600, flag: "wx" })
  await sync(path)
}

/** Throws BackupProblem if `bytes` more would leave too little room on the disk. */
const demandRoom = (folder: string, bytes: number, { freeBytesMin }: BackupOptions): void => {
  if (freeBytesMin === undefined) return
  const { bavail, bsize } = statfsSync(folder)
  const free = bavail * bsize
  if (free - bytes >= freeBytesMin) return
  throw new BackupProblem(
    `the disk has too little room: ${megabytes(free)} are free, ${megabytes(bytes)} would be written next, and ${megabytes(freeBytesMin)} must stay free; delete what is not needed, or keep backups on another disk`
  )
}

const megabytes = (bytes: number): string => `${Math.round(bytes / 1_000_000)} MB`

/** Syncs a file or a directory. */
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
