/** The data directory: there, ours alone, and with room. */
import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { type Finding, fail, messageOf, ok, warn } from "./finding.ts"

const MEGABYTE = 1_048_576
/** Below this the embedded store stops writing (disk-reserve.ts). */
const ROOM_MIN = 8 * MEGABYTE
const ROOM_WANTED = 1_024 * MEGABYTE
const FOR_OTHERS = 0o077

export const checkDataDirectory = (directory: string): readonly Finding[] => {
  const check = "data directory"
  const path = resolve(directory)
  if (!existsSync(path)) {
    const parent = nearestExisting(path)
    return isWritable(parent) && statSync(parent).isDirectory()
      ? [ok(check, `${path} is not there yet; the first start makes it`), room(parent)]
      : [fail(check, `${path} is not there and cannot be made in ${parent}`, "make it, or set DATA_DIR")]
  }
  if (!statSync(path).isDirectory()) return [fail(check, `${path} is no directory`, "set DATA_DIR to a directory")]
  if (!isWritable(path))
    return [fail(check, `${path} cannot be written to`, `give it to this user: chown -R $USER ${path}`)]
  const isOpen = (statSync(path).mode & FOR_OTHERS) !== 0
  const access = isOpen
    ? warn(check, `${path} can be read by others, and it holds keys`, `chmod 700 ${path}`)
    : ok(check, `${path} is writable, and nobody else's`)
  return [access, room(path)]
}

const room = (path: string): Finding => {
  const check = "disk"
  try {
    const { bavail, bsize } = statfsSync(path)
    const free = bavail * bsize
    const text = `${Math.floor(free / MEGABYTE)} MB are free at ${path}`
    if (free < ROOM_MIN) return fail(check, text, "make room: nothing can be written")
    if (free < ROOM_WANTED) return warn(check, text, "make room soon: without it the store becomes read-only")
    return ok(check, text)
  } catch (failure) {
    return warn(check, `the free space at ${path} is not known: ${messageOf(failure)}`, "look at it yourself: df -h")
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
