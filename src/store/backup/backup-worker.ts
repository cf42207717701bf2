/** The thread of backup.ts that copies the database. */
import { DatabaseSync } from "node:sqlite"
import { parentPort, workerData } from "node:worker_threads"

export interface CopyOrder {
  readonly from: string
  readonly to: string
}

/** SQLite's failure. It is posted, because a thrown error would arrive without its code. */
export interface CopyFailure {
  readonly message: string
  readonly errcode: number | undefined
}

const { from, to } = workerData as CopyOrder
const db = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
try {
  db.prepare("VACUUM INTO ?").run(to)
} catch (failure) {
  const { message, errcode } = failure as CopyFailure
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port between threads, not a window
  parentPort?.postMessage({ message, errcode } satisfies CopyFailure)
} finally {
  db.close()
}
