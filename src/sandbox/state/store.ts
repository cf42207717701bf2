/**
 * The state that outlives the process: rows of (kind, key, value) in one SQLite file, written as soon as a value changes.
 * Writes are not collected, because of Signal's ratchets: a phone that restarted with a ratchet some messages old would
 * encrypt with used keys, and its peer would drop those messages. `synchronous` is off: a killed process loses no write,
 * because the kernel has the pages; only a power cut can lose some.
 * Values are structured clones (node:v8), so buffers and maps come back as they were.
 */
import { existsSync, mkdirSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { deserialize, serialize } from "node:v8"

/** Rows that survive. Without a folder nothing is written and every read is empty; the live objects hold the state. */
export interface State {
  /** One value, or undefined. */
  get(kind: string, key: string): unknown
  /** Every row of a kind whose key starts with the prefix, ordered by key. */
  rows(kind: string, prefix?: string): [key: string, value: unknown][]
  put(kind: string, key: string, value: unknown): void
  remove(kind: string, key: string): void
  close(): void
}

/**
 * Opens the state in a folder and creates the folder if necessary. Without a folder, returns a state that keeps nothing.
 * Throws when another process has the folder open.
 */
export function openState(folder: string | undefined): State {
  if (folder === undefined) return keepsNothing
  makeFolder(resolve(folder))
  const database = new DatabaseSync(join(folder, "network.sqlite"))
  try {
    database.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF")
    database.exec(
      "CREATE TABLE IF NOT EXISTS row (kind TEXT, key TEXT, value BLOB, PRIMARY KEY (kind, key)) WITHOUT ROWID"
    )
  } catch (cause) {
    database.close()
    throw new Error(`the state folder ${folder} is in use or damaged; stop the other network or use another folder`, {
      cause
    })
  }
  const get = database.prepare("SELECT value FROM row WHERE kind = ? AND key = ?")
  const all = database.prepare("SELECT key, value FROM row WHERE kind = ? AND key >= ? AND key < ? ORDER BY key")
  const put = database.prepare("INSERT OR REPLACE INTO row (kind, key, value) VALUES (?, ?, ?)")
  const remove = database.prepare("DELETE FROM row WHERE kind = ? AND key = ?")
  return {
    get: (kind, key) => {
      const row = get.get(kind, key)
      return row === undefined ? undefined : deserialize(row["value"] as Uint8Array)
    },
    rows: (kind, prefix = "") =>
      all
        .all(kind, prefix, `${prefix}\u{10ffff}`)
        .map((row) => [row["key"] as string, deserialize(row["value"] as Uint8Array)]),
    put: (kind, key, value) => void put.run(kind, key, serialize(value)),
    remove: (kind, key) => void remove.run(kind, key),
    close: () => database.close()
  }
}

/** Makes a folder and its parents. Node's own `recursive` never returns on a file system that takes none, such as /proc. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return
  makeFolder(dirname(folder))
  mkdirSync(folder, { mode: 0o700 })
}

const keepsNothing: State = {
  get: () => undefined,
  rows: () => [],
  put: () => undefined,
  remove: () => undefined,
  close: () => undefined
}
