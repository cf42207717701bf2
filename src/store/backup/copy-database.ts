/** The process of backup.ts that copies the database. It gets its order as a message, and ends when the copy is complete. */
import { DatabaseSync } from "node:sqlite"

export interface CopyOrder {
  readonly from: string
  readonly to: string
}

/** SQLite's failure. It is sent, because the exit code would not tell it. */
export interface CopyFailure {
  readonly message: string
  readonly errcode: number | undefined
}

const copy = ({ from, to }: CopyOrder): void => {
  const db = new DatabaseSync(from, { readOnly: true, timeout: 5_000 })
  try {
    db.prepare("VACUUM INTO ?").run(to)
  } catch (failure) {
    const { message, errcode } = failure as CopyFailure
    process.send?.({ message, errcode } satisfies CopyFailure)
  } finally {
    db.close()
  }
}

process.once("message", (order: CopyOrder) => {
  copy(order)
  process.disconnect()
})
