/**
 * The directory that holds everything a gateway keeps. Only one gateway at a time uses it, and only its owner can read it. Keeps DEV-3.
 *
 * The operating system holds the lock (SQLite's lock on a separate file), so a killed gateway leaves no lock.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** Terminal: the directory cannot be used. The message says what to do. */
export class DataDirectoryProblem extends Error {
  readonly _tag = "DataDirectoryProblem"
}

/** A gateway, or a command that writes, is using the directory. */
export class DirectoryInUse extends DataDirectoryProblem {}

export interface DataDirectory {
  readonly path: string
  readonly databaseFile: string
  readonly mediaDirectory: string
  /** Emptied at every start: a kill leaves files there. */
  readonly temporaryDirectory: string
  /** Takes the lock again when its file was removed or replaced. Throws DirectoryInUse when another gateway has it by then. */
  readonly keepLock: () => void
  /** Releases the lock, so that another gateway can use the directory. */
  readonly release: () => void
}

export const databaseFileIn = (directory: string): string => join(directory, "bitacora.db")
export const lockFileIn = (directory: string): string => join(directory, "gateway.lock")
const holderFileIn = (directory: string): string => join(directory, "gateway.pid")
export const mediaDirectoryIn = (directory: string): string => join(directory, "media")

/** Creates the directory if it is missing, and takes the lock. Throws DataDirectoryProblem. */
export const takeDataDirectory = (directory: string): DataDirectory => {
  try {
    makeDirectory(directory)
  } catch (cause) {
    throw new DataDirectoryProblem(`DATA_DIR: ${directory} cannot be created: ${messageOf(cause)}`, { cause })
  }
  let lock = takeLock(directory)
  let inode = inodeOf(lockFileIn(directory))
  const temporaryDirectory = join(directory, "tmp")
  rmSync(temporaryDirectory, { recursive: true, force: true })
  mkdirSync(temporaryDirectory, { mode: 0o700 })
  return {
    path: directory,
    databaseFile: databaseFileIn(directory),
    mediaDirectory: mediaDirectoryIn(directory),
    temporaryDirectory,
    keepLock: () => {
      if (inodeOf(lockFileIn(directory)) === inode) return
      const next = takeLock(directory)
      lock.close()
      lock = next
      inode = inodeOf(lockFileIn(directory))
    },
    release: () => lock.close()
  }
}

/** Whether a gateway holds the lock. Changes nothing. */
export const isTaken = (directory: string): boolean => {
  if (!existsSync(lockFileIn(directory))) return false
  const lock = new DatabaseSync(lockFileIn(directory), { readOnly: true, timeout: 0 })
  try {
    lock.prepare("SELECT count(*) FROM sqlite_master").get()
    return false
  } catch (failure) {
    return messageOf(failure).includes("locked")
  } finally {
    lock.close()
  }
}

/**
 * Creates the directory and its parents. Node's `recursive` option never returns on a file system that reports a missing parent for
 * a path that it refuses, as /proc does.
 */
const makeDirectory = (directory: string): void => {
  if (existsSync(directory)) {
    if (!statSync(directory).isDirectory()) throw new Error(`${directory} is not a directory`)
    return
  }
  makeDirectory(dirname(directory))
  mkdirSync(directory, { mode: 0o700 })
}

const takeLock = (directory: string): DatabaseSync => {
  try {
    const lock = new DatabaseSync(lockFileIn(directory), { timeout: 1_000 })
    lock.exec("PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE")
    writeFileSync(holderFileIn(directory), `${process.pid}\n`, { mode: 0o600 })
    return lock
  } catch (cause) {
    if (!messageOf(cause).includes("locked")) {
      throw new DataDirectoryProblem(`DATA_DIR: ${directory} ${messageOf(cause)}`, { cause })
    }
    const advice = `is in use by another gateway${holderOf(directory)}; stop it first, or set another DATA_DIR`
    throw new DirectoryInUse(`DATA_DIR: ${directory} ${advice}`, { cause })
  }
}

const inodeOf = (file: string): bigint | undefined => statSync(file, { bigint: true, throwIfNoEntry: false })?.ino

/** What other users may read or change in a directory that holds keys and messages; a sentence for each. */
export const looseRights = (directory: string): readonly string[] => {
  const holders = [
    directory,
    ...["master.key", "operator.key", "audit.key", "bitacora.db"].map((name) => join(directory, name))
  ]
  return holders.flatMap((path) => {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0
    if ((mode & FOR_OTHERS) === 0) return []
    return [`other users have rights on ${path} (mode ${(mode & 0o777).toString(8)}): chmod go-rwx ${path}`]
  })
}

const FOR_OTHERS = 0o077

/** Names the process that holds the lock, so that an operator can end it. The lock itself does not tell. */
const holderOf = (directory: string): string => {
  try {
    return ` (process ${Number.parseInt(readFileSync(holderFileIn(directory), "utf8"), 10)})`
  } catch {
    return ""
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
