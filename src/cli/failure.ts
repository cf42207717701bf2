/** Ends a command that failed, with exit code 1: one line for a known failure, a stack for an unexpected one. */
import { isDiskFailure } from "../store/dialect/disk-doubt.ts"

const systemCodes = new Set(["EADDRINUSE", "EACCES", "ENOENT", "EISDIR", "EADDRNOTAVAIL", "ENOSPC", "EROFS", "EIO"])

export const fail = (failure: unknown): never => {
  process.stderr.write(`${textOf(failure)}\n`)
  process.exit(1)
}

const textOf = (failure: unknown): string => {
  if (!(failure instanceof Error)) return String(failure)
  const { _tag, code } = failure as { _tag?: string; code?: string }
  if (isUnreadable(failure))
    return `the database in DATA_DIR is damaged, or does not belong to a gateway: ${failure.message}`
  if (isDiskFailure(failure)) return `the disk of DATA_DIR failed: ${failure.message}`
  const isForeseen = _tag !== undefined || (code !== undefined && systemCodes.has(code))
  return (isForeseen ? failure.message : failure.stack) ?? failure.message
}

const SQLITE_CORRUPT = 11
const SQLITE_NOTADB = 26

const isUnreadable = (failure: Error): boolean => {
  const { errcode } = failure as { errcode?: number }
  if (errcode === undefined) return false
  return [SQLITE_CORRUPT, SQLITE_NOTADB].includes(errcode & 0xff) || failure.message.startsWith("no such table")
}

/** The command was called in a wrong way. */
export class UsageProblem extends Error {
  readonly _tag = "UsageProblem"
}
