/** Recognises a full disk in the errors of SQLite, the file system and database servers. */

const SQLITE_FULL = 13
/** ER_DISK_FULL, ER_RECORD_FILE_FULL, MySQL 8's ER_DISK_FULL_NOWAIT. */
const SERVER_FULL = new Set([1021, 1114, 3675])

/** There is no room on the disk, so the write is refused. */
export class DiskFull extends Error {
  readonly code = "ENOSPC"
  constructor() {
    super("the disk is full")
  }
}

export const isDiskFull = (failure: unknown): boolean => {
  if (typeof failure !== "object" || failure === null) return false
  const { code, errcode, errno, cause } = failure as Record<string, unknown>
  return (
    code === "ENOSPC" ||
    (typeof errcode === "number" && (errcode & 0xff) === SQLITE_FULL) ||
    (typeof errno === "number" && SERVER_FULL.has(errno)) ||
    isDiskFull(cause)
  )
}
