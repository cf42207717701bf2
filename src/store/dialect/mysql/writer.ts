/**
 * The connection that writes. Keeps LOG-1, LOG-2 and LOG-4 on MySQL.
 *
 * Every transaction begins with an UPDATE of `log_head`. It takes the lock that orders the writers, stores the transaction's own mark,
 * and updates no row if another gateway has taken the database. When the connection is lost during COMMIT, the mark tells later
 * whether the transaction was committed (OutcomeUnknown). Nothing is retried on a guess.
 */
import { randomBytes } from "node:crypto"
import type { ResultSetHeader } from "mysql2"
import { EVENT_COLUMNS, PAYLOAD_COLUMNS } from "../columns.ts"
import {
  type Awaitable,
  type Head,
  OutcomeUnknown,
  type StreamHead,
  type Writer,
  type WriterTransaction
} from "../dialect.ts"
import { type InsertLimits, insertRows, joinInserts } from "./inserts.ts"
import { LEASE_MS } from "./ownership.ts"
import { killOwn } from "./processes.ts"
import { type Session, StatementTimeout } from "./session.ts"

export interface WriterOptions {
  /** Opens another session. */
  readonly connect: () => Promise<Session>
  /** The value of `log_head.owner` while this gateway owns the database. */
  readonly owner: Uint8Array
  /** The most bytes that the server accepts in one packet. */
  readonly packetBytesMax: number
}

/** The bytes of a statement besides its values. */
const PACKET_OVERHEAD = 65_536
const ROWS_MAX = 256
const MARK_BYTES = 16

interface HeadRow {
  readonly position: number
  readonly hash: Uint8Array
  readonly recorded_at: number
}

/** A transaction that holds the lock. */
interface Begun {
  readonly session: Session
  readonly mark: Uint8Array
  readonly head: Head
  /** The log's end after this transaction; undefined while nothing was appended. */
  newHead?: Head
}

export class MysqlWriter implements Writer {
  readonly #options: WriterOptions
  readonly #limits: InsertLimits
  #session: Session | undefined

  constructor(options: WriterOptions) {
    this.#options = options
    const bytesMax = Math.max(PACKET_OVERHEAD, options.packetBytesMax - PACKET_OVERHEAD)
    this.#limits = { rowsMax: ROWS_MAX, bytesMax }
  }

  async transaction<A>(work: (tx: WriterTransaction) => Awaitable<A>): Promise<A> {
    const begun = await this.#begin()
    let result: A
    try {
      result = await work(this.#steps(begun))
    } catch (failure) {
      await rollBack(begun.session)
      throw failure
    }
    try {
      await begun.session.query("COMMIT")
    } catch (failure) {
      begun.session.cut()
      throw new OutcomeUnknown(failure, () => this.#wasCommitted(begun))
    }
    return result
  }

  async close(): Promise<void> {
    await this.#session?.end()
  }

  /**
   * A connection that the server closed while it was idle is noticed here, before the transaction has begun. The server may not have
   * noticed that a connection was lost, so that one is ended first: it may hold the lock. The connection of a gateway whose machine
   * failed lasts no longer than its lock on the database.
   */
  async #begin(): Promise<Begun> {
    const kept = this.#session?.isLost === false ? this.#session : undefined
    if (kept) {
      try {
        return await this.#beginOn(kept)
      } catch (failure) {
        if (!kept.isLost || failure instanceof StatementTimeout) throw failure
      }
    }
    const session = await this.#options.connect()
    try {
      await session.query(`SET SESSION wait_timeout = ${LEASE_MS / 1_000}`)
      if (this.#session) await killOwn(session, this.#session.id)
    } catch (failure) {
      session.cut()
      throw failure
    }
    this.#session = session
    return this.#beginOn(session)
  }

  async #beginOn(session: Session): Promise<Begun> {
    const mark = randomBytes(MARK_BYTES)
    try {
      await session.query("BEGIN")
      const { affectedRows } = await session.execute<ResultSetHeader>(
        "UPDATE log_head SET mark = ? WHERE id = 1 AND owner = ?",
        [mark, this.#options.owner]
      )
      if (affectedRows !== 1) throw new Error("another gateway has taken this database, or its schema is not migrated")
      const [row] = await session.execute<HeadRow[]>("SELECT position, hash, recorded_at FROM log_head WHERE id = 1")
      if (!row) throw new Error("log_head has no row: the schema is not migrated")
      return { session, mark, head: { position: row.position, hash: row.hash, recordedAt: row.recorded_at } }
    } catch (failure) {
      await rollBack(session)
      throw failure
    }
  }

  #steps(begun: Begun): WriterTransaction {
    const { session } = begun
    const limits = this.#limits
    const run: WriterTransaction["run"] = async (statements) => {
      for (const { sql, parameters } of joinInserts(statements, limits)) await session.execute(sql, parameters)
    }
    const insert = (table: string, columns: readonly string[]) => `INSERT INTO ${table} (${columns.join(", ")}) VALUES`
    return {
      head: begun.head,
      streamHeads: (streams) => streamHeads(session, streams),
      insertEvents: async (rows) => {
        const events = rows.map((row) => row.envelope)
        const payloads = rows.map((row) => row.payload)
        await run(insertRows(insert("event_log", EVENT_COLUMNS), events, limits))
        await run(insertRows(insert("event_payload", PAYLOAD_COLUMNS), payloads, limits))
      },
      run,
      nextNumber: async (sequence) => {
        await session.execute(
          "INSERT INTO id_sequence (name, value) VALUES (?, 1) ON DUPLICATE KEY UPDATE value = value + 1",
          [sequence]
        )
        const [row] = await session.execute<{ value: number }[]>("SELECT value FROM id_sequence WHERE name = ?", [
          sequence
        ])
        return row?.value ?? 1
      },
      moveHead: async (head) => {
        begun.newHead = head
        await session.execute("UPDATE log_head SET position = ?, hash = ?, recorded_at = ? WHERE id = 1", [
          head.position,
          head.hash,
          head.recordedAt
        ])
      },
      savepoint: async (work) => {
        await session.query("SAVEPOINT unit")
        try {
          const result = await work()
          await session.query("RELEASE SAVEPOINT unit")
          return result
        } catch (failure) {
          await session.query("ROLLBACK TO SAVEPOINT unit")
          throw failure
        }
      }
    }
  }

  /**
   * Holding the lock on `log_head` means that the old transaction has ended. If it was committed, its mark is stored there; or, if another
   * writer has written since, its last event is in the log.
   */
  async #wasCommitted({ session: old, mark, newHead }: Begun): Promise<boolean> {
    const session = await this.#options.connect()
    try {
      await killOwn(session, old.id)
      await session.query("BEGIN")
      const [row] = await session.query<{ mark: Uint8Array | null }>(
        "SELECT mark FROM log_head WHERE id = 1 FOR UPDATE"
      )
      if (row?.mark && Buffer.compare(row.mark, mark) === 0) return true
      if (newHead === undefined) return false
      const [event] = await session.query<{ hash: Uint8Array }>("SELECT hash FROM event_log WHERE position = ?", [
        newHead.position
      ])
      return event !== undefined && Buffer.compare(event.hash, newHead.hash) === 0
    } finally {
      await session.end()
    }
  }
}

const streamHeads = async (session: Session, streams: readonly string[]): Promise<ReadonlyMap<string, StreamHead>> => {
  const heads = new Map<string, StreamHead>()
  const look = async (wanted: readonly string[], sql: (marks: string) => string) => {
    if (wanted.length === 0) return
    const marks = wanted.map(() => "?").join(", ")
    const rows = await session.query<StreamHead & { readonly stream: string }>(sql(marks), wanted)
    for (const { stream, version, hash } of rows) heads.set(stream, { version, hash })
  }
  await look(
    streams,
    (marks) => `SELECT event_log.stream, event_log.version, event_log.hash
      FROM (SELECT stream, MAX(version) AS version FROM event_log WHERE stream IN (${marks}) GROUP BY stream) AS newest
      JOIN event_log ON event_log.stream = newest.stream AND event_log.version = newest.version`
  )
  const unknown = streams.filter((stream) => !heads.has(stream))
  await look(unknown, (marks) => `SELECT stream, version, hash FROM stream_start WHERE stream IN (${marks})`)
  return heads
}

/** A session that cannot roll back is dropped: without a COMMIT the server keeps nothing of the transaction. */
const rollBack = async (session: Session): Promise<void> => {
  try {
    await session.query("ROLLBACK")
  } catch {
    session.cut()
  }
}
