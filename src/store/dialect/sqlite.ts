/**
 * Embedded SQLite (node:sqlite): one connection writes, one reads. Keeps LOG-1.
 *
 * With WAL and synchronous=FULL a commit returns after one fsync of the write-ahead log, so what was acknowledged survives a kill and a
 * power cut. Only the writer queue uses the writing connection: two writing connections of one process would block the event loop for
 * the whole busy timeout. Erased content is overwritten in the file (`secure_delete=ON`; `FAST` would leave it in freed pages). For a
 * full disk see disk-reserve.ts, for a failing disk disk-doubt.ts.
 */
import { randomBytes } from "node:crypto"
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite"
import { Kysely, type SqliteDatabase, SqliteDialect } from "kysely"
import { migrate } from "../migrate.ts"
import { isDiskFull } from "../disk-full.ts"
import type { Tables } from "../tables.ts"
import { EVENT_COLUMNS, PAYLOAD_COLUMNS } from "./columns.ts"
import { sqliteWords } from "./ddl.ts"
import { DiskDoubt, isDiskFailure } from "./disk-doubt.ts"
import { DiskReserve } from "./disk-reserve.ts"
import type { Dialect, EventRow, Head, Statement, StreamHead, Writer, WriterTransaction } from "./dialect.ts"

/** What an acknowledged append needs to survive. Each setting is read back after it was set. */
const durability = { journal_mode: "wal", synchronous: 2 } as const

const SQLITE_CONSTRAINT_UNIQUE = 2067
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555

export interface SqliteOptions {
  readonly readOnly?: boolean
  /** Writes only while this process owns the database; called when another one has taken it. Without it, no other process is fenced off. */
  readonly taken?: () => void
  /** Called with a sentence when the disk is full or fails, and when it accepts writes again. */
  readonly notice?: (sentence: string) => void
}

/** Opens or creates the database in `file`. Throws if the file system cannot provide what LOG-1 needs. */
export const openSqlite = (file: string, options: SqliteOptions = {}): Dialect => {
  const writing = connect(file, options.readOnly ?? false)
  const { notice = () => {} } = options
  const reserve = options.readOnly ? undefined : new DiskReserve(file, notice)
  const doubt = new DiskDoubt(() => truncateWal(file), notice)
  // The write-ahead log of a process that died of a failing disk may never have been synced: empty it before writing after it.
  if (!options.readOnly) tidyUp(writing, (failure) => doubt.failed(failure))
  const reading = connect(file, true)
  const fence = options.taken === undefined ? undefined : new Fence(options.taken)
  const writer = makeWriter(writing, { reserve, doubt, fence })
  const reader = new Kysely<Tables>({ dialect: new SqliteDialect({ database: kyselyDatabase(reading) }) })
  return {
    name: "sqlite",
    reader,
    writer,
    duplicateOf,
    isConnectionLost: () => false,
    migrate: async () => {
      const db = new Kysely<unknown>({ dialect: new SqliteDialect({ database: kyselyDatabase(writing) }) })
      const names = await migrate(db, sqliteWords)
      fence?.claim(writing)
      return names
    },
    empty: (table) => writer.transaction((tx) => tx.run([{ sql: `DELETE FROM ${table}`, parameters: [] }])),
    scrub: () => truncateWal(file),
    ping: async () => {
      reading.prepare("SELECT position FROM log_head").get()
    },
    close: async () => {
      await reader.destroy()
      if (!options.readOnly) tidyUp(writing)
      writing.close()
    }
  }
}

const connect = (file: string, readOnly: boolean): DatabaseSync => {
  const db = new DatabaseSync(file, { timeout: 5_000 })
  db.exec("PRAGMA cache_size = -32768")
  if (readOnly) {
    db.exec("PRAGMA query_only = 1")
    return db
  }
  db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON`)
  for (const [pragma, expected] of Object.entries(durability)) {
    const actual = Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]
    if (actual !== expected) {
      throw new Error(
        `${file}: SQLite reports ${pragma}=${String(actual)}, but durable writes need ${expected}; put DATA_DIR on a local file system`
      )
    }
  }
  return db
}

/**
 * Writes the write-ahead log back into the database and empties it. A full or failing disk may not allow that; then nothing is lost, and
 * `failed` is called.
 */
const tidyUp = (db: DatabaseSync, failed: (failure: unknown) => void = () => {}): void => {
  try {
    db.exec("PRAGMA wal_checkpoint(TRUNCATE)")
  } catch (failure) {
    if (!isDiskFull(failure) && !isDiskFailure(failure)) throw failure
    failed(failure)
  }
}

const TRUNCATE_TRIES = 100
const TRUNCATE_AGAIN_MS = 20

/**
 * Moves everything into the database file and empties the write-ahead log, which still holds old pages. It uses a separate connection,
 * because the writer may be inside a transaction, and waits for that one without blocking the event loop.
 */
const truncateWal = async (file: string): Promise<void> => {
  const db = new DatabaseSync(file, { timeout: 0 })
  try {
    for (let tries = 1; ; tries++) {
      const { busy } = db.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get() as { busy: number }
      if (busy === 0) return
      if (tries === TRUNCATE_TRIES) throw new Error(`${file}: the write-ahead log is in use and could not be emptied`)
      await new Promise((resolve) => setTimeout(resolve, TRUNCATE_AGAIN_MS))
    }
  } finally {
    db.close()
  }
}

/**
 * Fences off a gateway whose database another one has taken: the lock of the data directory is a file, which an operator can delete. The
 * owner's token stands in `log_head`, which each transaction reads anyway.
 */
class Fence {
  readonly #token = randomBytes(16)
  readonly #taken: () => void

  constructor(taken: () => void) {
    this.#taken = taken
  }

  claim(db: DatabaseSync): void {
    db.prepare("UPDATE log_head SET owner = ? WHERE id = 1").run(this.#token)
  }

  /** Throws where the database belongs to another one. */
  check(owner: Uint8Array | null): void {
    if (owner !== null && Buffer.compare(owner, this.#token) === 0) return
    this.#taken()
    throw new Error("another gateway has taken this database")
  }
}

interface WriterParts {
  readonly reserve: DiskReserve | undefined
  readonly doubt: DiskDoubt
  readonly fence: Fence | undefined
}

const makeWriter = (db: DatabaseSync, { reserve, doubt, fence }: WriterParts): Writer => {
  const prepared = new Map<string, StatementSync>()
  const prepare = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known) return known
    const statement = db.prepare(sql)
    prepared.set(sql, statement)
    return statement
  }
  const insert = (table: string, columns: readonly string[]) =>
    `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`
  const insertEnvelope = insert("event_log", EVENT_COLUMNS)
  const insertPayload = insert("event_payload", PAYLOAD_COLUMNS)

  const transactionSteps = (head: Head): WriterTransaction => ({
    head,
    streamHeads: (streams) => {
      const lookup = prepare("SELECT version, hash FROM event_log WHERE stream = ? ORDER BY version DESC LIMIT 1")
      const trimmed = prepare("SELECT version, hash FROM stream_start WHERE stream = ?")
      const heads = new Map<string, StreamHead>()
      for (const stream of streams) {
        const row = (lookup.get(stream) ?? trimmed.get(stream)) as unknown as StreamHead | undefined
        if (row) heads.set(stream, { version: row.version, hash: row.hash })
      }
      return heads
    },
    insertEvents: (rows: readonly EventRow[]) => {
      const envelope = prepare(insertEnvelope)
      const payload = prepare(insertPayload)
      for (const row of rows) {
        envelope.run(...(row.envelope as SQLInputValue[]))
        payload.run(...(row.payload as SQLInputValue[]))
      }
    },
    run: (statements: readonly Statement[]) => {
      for (const { sql, parameters } of statements) prepare(sql).run(...(parameters as SQLInputValue[]))
    },
    nextNumber: (sequence) => {
      const row = prepare(
        "INSERT INTO id_sequence (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1 RETURNING value"
      ).get(sequence) as unknown as { value: number }
      return row.value
    },
    moveHead: (next) => {
      prepare("UPDATE log_head SET position = ?, hash = ?, recorded_at = ? WHERE id = 1").run(
        next.position,
        next.hash,
        next.recordedAt
      )
    },
    savepoint: async (work) => {
      prepare("SAVEPOINT unit").run()
      try {
        const result = await work()
        prepare("RELEASE unit").run()
        return result
      } catch (failure) {
        prepare("ROLLBACK TO unit").run()
        prepare("RELEASE unit").run()
        throw failure
      }
    }
  })

  return {
    transaction: async (work) => {
      reserve?.demandRoom()
      await doubt.demandCertainty()
      prepare("BEGIN IMMEDIATE").run()
      try {
        const row = prepare("SELECT position, hash, recorded_at, owner FROM log_head WHERE id = 1").get() as unknown as
          | { position: number; hash: Uint8Array; recorded_at: number; owner: Uint8Array | null }
          | undefined
        if (!row) throw new Error("log_head has no row: the schema is not migrated")
        fence?.check(row.owner)
        const result = await work(
          transactionSteps({ position: row.position, hash: row.hash, recordedAt: row.recorded_at })
        )
        prepare("COMMIT").run()
        return result
      } catch (failure) {
        doubt.failed(failure)
        if (db.isTransaction) prepare("ROLLBACK").run()
        if (isDiskFull(failure)) {
          reserve?.given()
          tidyUp(db)
        }
        throw failure
      }
    }
  }
}

const duplicateOf = (failure: unknown): string | undefined => {
  const { errcode, message } = failure as { errcode?: number; message?: string }
  if (errcode !== SQLITE_CONSTRAINT_UNIQUE && errcode !== SQLITE_CONSTRAINT_PRIMARYKEY) return undefined
  // "UNIQUE constraint failed: device.owner, device.number"
  return (message ?? "").split("failed: ")[1] ?? "unknown"
}

/** So many statements stay prepared: those used last. */
const PREPARED_MAX = 200

/** Adapts node:sqlite to Kysely's SqliteDialect, which was made for better-sqlite3. */
const kyselyDatabase = (db: DatabaseSync): SqliteDatabase => {
  const prepared = new Map<string, ReturnType<SqliteDatabase["prepare"]>>()
  const prepare: SqliteDatabase["prepare"] = (sql) => {
    const statement = db.prepare(sql)
    const parameters = (values: readonly unknown[]) => values as SQLInputValue[]
    return {
      reader: statement.columns().length > 0,
      all: (values) => statement.all(...parameters(values)),
      run: (values) => statement.run(...parameters(values)),
      // Of a statement of its own: this one may run again before the iteration is over.
      iterate: (values) => db.prepare(sql).iterate(...parameters(values)) as IterableIterator<unknown>
    }
  }
  return {
    close: () => db.close(),
    prepare: (sql) => {
      const known = prepared.get(sql) ?? prepare(sql)
      // The last used is the last in the map.
      prepared.delete(sql)
      prepared.set(sql, known)
      const [oldest] = prepared.keys()
      if (prepared.size > PREPARED_MAX && oldest !== undefined) prepared.delete(oldest)
      return known
    }
  }
}
