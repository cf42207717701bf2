/**
 * The directory that holds everything a gateway keeps: one gateway at a time, nobody else may read it. Keeps DEV-3.
 *
 * The lock is a lock of the operating system (SQLite's, on a file of its own), so a killed gateway leaves none behind.
 */
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"

/** Terminal: the directory cannot be used; the message says what to do. */
export class DataDirectoryProblem extends Error {
  readonly _tag = "DataDirectoryProblem"
}

/** Another gateway, or a command that writes, has it now. */
export class DirectoryInUse extends DataDirectoryProblem {}

export interface DataDirectory {
  readonly databaseFile: string
  readonly mediaDirectory: string
  /** Lets another gateway use the directory. */
  readonly release: () => void
}

export const databaseFileIn = (directory: string): string => join(directory, "bitacora.db")
export const lockFileIn = (directory: string): string => join(directory, "gateway.lock")
const holderFileIn = (directory: string): string => join(directory, "gateway.pid")
export const mediaDirectoryIn = (directory: string): string => join(directory, "media")

/** Creates the directory where it is missing and takes it. Throws DataDirectoryProblem. */
export const takeDataDirectory = (directory: string): DataDirectory => {
  try {
    makeDirectory(directory)
  } catch (cause) {
    throw new DataDirectoryProblem(`DATA_DIR: ${directory} cannot be created: ${messageOf(cause)}`, { cause })
  }
  const lock = takeLock(directory)
  return {
    databaseFile: databaseFileIn(directory),
    mediaDirectory: mediaDirectoryIn(directory),
    release: () => lock.close()
  }
}

/** Whether somebody has taken it; touches nothing. */
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
 * With those above it. Node's own `recursive` tries for ever where a file system says that the parent of what it does not take
 * is missing, as /proc does.
 */
const makeDirectory = (directory: string): void => {
  if (existsSync(directory)) {
    if (!statSync(directory).isDirectory()) throw new Error(`${directory} is no directory`)
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

/** Names the process that has the directory, for a person who wants to end it; the lock itself is not readable. */
const holderOf = (directory: string): string => {
  try {
    return ` (process ${Number.parseInt(readFileSync(holderFileIn(directory), "utf8"), 10)})`
  } catch {
    return ""
  }
}

const messageOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
