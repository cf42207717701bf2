/**
 * What the store needs of a database, and the words in which embedded SQLite and MySQL differ.
 *
 * Reads go through Kysely on connections of their own. Writes go through one Writer and one queue (group-commit.ts): its
 * transactions begin by taking the lock on `log_head`, so the order of positions is the order of commits.
 */
import type { Kysely } from "kysely"
import type { Tables } from "../tables.ts"

export type SqlValue = string | number | null | Uint8Array

/** Fixed SQL with its values; prepared once per text. */
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
  /** Epoch milliseconds of the last event. */
  readonly recordedAt: number
}

/** Where a stream ends; version 0 and zero bytes for a stream that has no event. */
export interface StreamHead {
  readonly version: number
  readonly hash: Uint8Array
}

/** Values of one event in the order of EVENT_COLUMNS and PAYLOAD_COLUMNS. */
export interface EventRow {
  readonly envelope: readonly SqlValue[]
  readonly payload: readonly SqlValue[]
}

export type Awaitable<A> = A | Promise<A>

/** Steps inside one transaction of the writer. SQLite answers at once, MySQL with promises. */
export interface WriterTransaction {
  readonly head: Head
  streamHeads(streams: readonly string[]): Awaitable<ReadonlyMap<string, StreamHead>>
  insertEvents(rows: readonly EventRow[]): Awaitable<void>
  run(statements: readonly Statement[]): Awaitable<void>
  /** The next number of a sequence, from 1; never given twice, with gaps where a transaction failed. */
  nextNumber(sequence: string): Awaitable<number>
  moveHead(head: Head): Awaitable<void>
  /** Runs `work` so that its failure undoes only its own writes. */
  savepoint<A>(work: () => Awaitable<A>): Promise<A>
}

export interface Writer {
  /**
   * One transaction under the lock of `log_head`; rolled back when `work` fails. Never called concurrently. Rejects with
   * OutcomeUnknown when nobody knows whether it was committed; after any other failure it was not.
   */
  transaction<A>(work: (tx: WriterTransaction) => Awaitable<A>): Promise<A>
}

/**
 * The connection was lost while a COMMIT ran. `wasCommitted` asks the database, on another connection, and may be called again
 * where it rejects. Until it has answered, neither success nor failure may be told to anybody, and nothing else written.
 */
export class OutcomeUnknown extends Error {
  readonly wasCommitted: () => Promise<boolean>

  constructor(cause: unknown, wasCommitted: () => Promise<boolean>) {
    super("the connection to the database was lost during a commit", { cause })
    this.wasCommitted = wasCommitted
  }
}

/** Names a broken UNIQUE by its table's or index's name as the database says it; undefined for any other failure. */
export type DuplicateOf = (failure: unknown) => string | undefined

export interface Dialect {
  readonly name: "sqlite" | "mysql"
  /** Readers' connections. */
  readonly reader: Kysely<Tables>
  readonly writer: Writer
  readonly duplicateOf: DuplicateOf
  /** Whether a read failed only because its connection was gone, as one of a pool can be without anybody knowing. */
  readonly isConnectionLost: (failure: unknown) => boolean
  /** Brings the schema up to date; answers the names of the migrations it ran. */
  migrate(): Promise<readonly string[]>
  /** Deletes every row of a table, outside of any transaction and maybe in pieces: of one that is about to be filled again. */
  empty(table: string): Promise<void>
  /**
   * Resolves when nothing of what was deleted or overwritten is left in the files, as far as that is in this dialect's hands
   * (docs/AUDIT.md).
   */
  scrub(): Promise<void>
  /** Rejects when the database does not answer. */
  ping(): Promise<void>
  close(): Promise<void>
}
