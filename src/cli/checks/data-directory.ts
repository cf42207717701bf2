/** Checks the data directory: it exists, is private, and has room. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { type Finding, fail, messageOf, ok, warn } from "./finding.ts"

const MEGABYTE = 1_048_576
/** Below this the embedded store refuses writes (disk-reserve.ts). */
const ROOM_MIN = 8 * MEGABYTE
const ROOM_WANTED = 1_024 * MEGABYTE
const FOR_OTHERS = 0o077

export const checkDataDirectory = (directory: string): readonly Finding[] => {
  const check = "data directory"
  const path = resolve(directory)
  if (!existsSync(path)) {
    const parent = nearestExisting(path)
    return isWritable(parent) && statSync(parent).isDirectory()
      ? [ok(check, `${path} does not exist yet; the first start creates it`), room(parent)]
      : [fail(check, `${path} does not exist and cannot be created in ${parent}`, "create it, or set DATA_DIR")]
  }
  if (!statSync(path).isDirectory()) return [fail(check, `${path} is not a directory`, "set DATA_DIR to a directory")]
  if (!isWritable(path))
    return [fail(check, `${path} is not writable`, `make this user its owner: chown -R $USER ${path}`)]
  const isOpen = (statSync(path).mode & FOR_OTHERS) !== 0
  const access = isOpen
    ? warn(check, `other users can read ${path}, which holds keys`, `chmod 700 ${path}`)
    : ok(check, `${path} is writable, and private to this user`)
  return [access, room(path)]
}

const room = (path: string): Finding => {
  const check = "disk"
  try {
    const { bavail, bsize } = statfsSync(path)
    const free = bavail * bsize
    const text = `${Math.floor(free / MEGABYTE)} MB are free at ${path}`
    if (free < ROOM_MIN) return fail(check, text, "free some space: the store cannot write")
    if (free < ROOM_WANTED) return warn(check, text, "free some space soon: a full disk makes the store read-only")
    return ok(check, text)
  } catch (failure) {
    return warn(check, `the free space at ${path} cannot be read: ${messageOf(failure)}`, "check it with df -h")
  }
}

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

const nearestExisting = (path: string): string => (existsSync(path) ? path : nearestExisting(dirname(path)))
