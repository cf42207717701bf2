/**
 * What the store needs of a database, and where embedded SQLite and MySQL differ.
 *
 * Reads go through Kysely on connections of their own. Writes go through one Writer and one queue (group-commit.ts). Each transaction
 * begins by locking `log_head`, so positions are in commit order.
 */
import type { Kysely } from "kysely"
import type { Tables } from "../tables.ts"

export type SqlValue = string | number | null | Uint8Array

/** Fixed SQL with its values. Each text is prepared once. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly SqlValue[]
  /** The same in MySQL's words, where these are not common to both. */
  readonly mysql?: string
}

/** The one row of `log_head`: where the log ends. */
export interface Head {
  readonly position: number
  readonly hash: Uint8Array
  /** When the last event was recorded; epoch milliseconds. */
  readonly recordedAt: number
}

/** Where a stream ends. Version 0 and zero bytes for a stream without events. */
export interface StreamHead {
  readonly version: number
  readonly hash: Uint8Array
}

/** The values of one event in the order of EVENT_COLUMNS and PAYLOAD_COLUMNS. */
export interface EventRow {
  readonly envelope: readonly SqlValue[]
  readonly payload: readonly SqlValue[]
}

export type Awaitable<A> = A | Promise<A>

/** The steps inside one transaction of the writer. SQLite returns at once, MySQL returns promises. */
export interface WriterTransaction {
  readonly head: Head
  streamHeads(streams: readonly string[]): Awaitable<ReadonlyMap<string, StreamHead>>
  insertEvents(rows: readonly EventRow[]): Awaitable<void>
  run(statements: readonly Statement[]): Awaitable<void>
  /** The next number of a sequence, from 1. Never given twice; a failed transaction leaves a gap. */
  nextNumber(sequence: string): Awaitable<number>
  moveHead(head: Head): Awaitable<void>
  /** Runs `work`. If it fails, only its own writes are undone. */
  savepoint<A>(work: () => Awaitable<A>): Promise<A>
}

export interface Writer {
  /**
   * Runs one transaction under the lock on `log_head`, and rolls it back if `work` fails. Never called concurrently. Rejects with
   * OutcomeUnknown if it is unknown whether the transaction was committed. After any other failure it was not.
   */
  transaction<A>(work: (tx: WriterTransaction) => Awaitable<A>): Promise<A>
}

/**
 * The connection was lost during a COMMIT. `wasCommitted` asks the database on another connection; call it again if it rejects. Until
 * it has resolved, report neither success nor failure to any caller, and write nothing else.
 */
export class OutcomeUnknown extends Error {
  readonly wasCommitted: () => Promise<boolean>

  constructor(cause: unknown, wasCommitted: () => Promise<boolean>) {
    super("the connection to the database was lost during a commit", { cause })
    this.wasCommitted = wasCommitted
  }
}

/** The name of the table or index whose UNIQUE constraint was violated, as the database reports it; undefined for any other failure. */
export type DuplicateOf = (failure: unknown) => string | undefined

export interface Dialect {
  readonly name: "sqlite" | "mysql"
  /** The connections of the readers. */
  readonly reader: Kysely<Tables>
  readonly writer: Writer
  readonly duplicateOf: DuplicateOf
  /** Whether a read failed only because its connection was lost. A connection of a pool can be lost unnoticed. */
  readonly isConnectionLost: (failure: unknown) => boolean
  /** Brings the schema up to date. Returns the names of the migrations that ran. */
  migrate(): Promise<readonly string[]>
  /** Deletes all rows of a table that is about to be rebuilt: outside of a transaction, maybe in batches. */
  empty(table: string): Promise<void>
  /**
   * Resolves when the files contain nothing of what was deleted or overwritten, as far as this dialect controls that (docs/AUDIT.md).
   */
  scrub(): Promise<void>
  /** Rejects if the database does not respond. */
  ping(): Promise<void>
  close(): Promise<void>
}
