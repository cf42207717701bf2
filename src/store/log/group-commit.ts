/**
 * The writer queue. Every write goes through it, one transaction at a time. Keeps LOG-1 to LOG-4.
 *
 * While one transaction commits, new units gather. The next transaction takes all of them up to a cap, so that many writers share one
 * sync. A unit is all or nothing: appends to streams, the projections of their events, and statements that belong to them. A stale
 * append is found before anything is written. A unit that violates a UNIQUE index is found by running the batch again with a
 * savepoint around each unit. Neither disturbs the other units. When the connection is lost during a commit, the units of that commit
 * wait until the database has reported its outcome, and all other writes fail with StoreUnavailable.
 */
import {
  type Append,
  type AppendedEvent,
  chainEvents,
  type EncodedAppend,
  emptyStream,
  encodeAppend
} from "./chain-events.ts"
import {
  type Dialect,
  type EventRow,
  type Head,
  OutcomeUnknown,
  type Statement,
  type StreamHead,
  type WriterTransaction
} from "../dialect/dialect.ts"
import { DuplicateKey, StoreUnavailable, StreamConflict, storeUnavailable } from "../errors.ts"

/** What is written together or not at all. */
export interface Unit {
  readonly appends?: readonly Append[]
  /** Run after the events and their projections. */
  readonly statements?: readonly Statement[]
}

export type CommitFailure = StreamConflict | DuplicateKey | StoreUnavailable

export interface GroupCommitOptions {
  /** The most units in one transaction. */
  readonly batchMax: number
  /** The most units that may wait. Further units fail with StoreUnavailable. */
  readonly queueMax: number
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Returns the statements of the inline projections, for the transaction of the event. */
  readonly project: (event: AppendedEvent) => readonly Statement[]
  /** Called after each commit with its events in order of position. Must not throw. */
  readonly committed: (events: readonly AppendedEvent[], head: Head) => void
}

interface Waiting {
  readonly appends: readonly EncodedAppend[]
  readonly statements: readonly Statement[]
  readonly resolve: (events: readonly AppendedEvent[]) => void
  readonly reject: (failure: CommitFailure) => void
}

/** Work that gets a transaction of its own when its turn comes. */
interface Exclusive {
  readonly run: () => Promise<void>
  readonly reject: (failure: StoreUnavailable) => void
}

/** What one unit writes, once the end of the log is known. */
interface Planned {
  readonly waiting: Waiting
  readonly rows: readonly EventRow[]
  readonly events: readonly AppendedEvent[]
  readonly statements: readonly Statement[]
  /** Where the head and the streams stand without the unit. */
  readonly before: { readonly head: Head; readonly streamHeads: ReadonlyMap<string, StreamHead> }
}

const STREAM_HEADS_MAX = 10_000
/** The time between two attempts to ask for the outcome of a commit. */
const ASK_AGAIN_MS = 200

export class GroupCommit {
  readonly #dialect: Dialect
  readonly #options: GroupCommitOptions
  #queue: Array<Waiting | Exclusive> = []
  #running = false
  #isAsking = false
  #isClosed = false
  /** The last transaction failed. */
  #isAway = false
  #idle: Array<() => void> = []
  /** The heads of streams after this process's last commit; valid while no other process has appended. */
  readonly #streamHeads = new Map<string, StreamHead>()
  #lastPosition = -1

  constructor(dialect: Dialect, options: GroupCommitOptions) {
    this.#dialect = dialect
    this.#options = options
  }

  /** Units that wait for a transaction. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Resolves after the commit with the unit's events, which then survive a kill. */
  commit(unit: Unit): Promise<readonly AppendedEvent[]> {
    return new Promise((resolve, reject) => {
      const refusal = this.#refusal()
      if (refusal) {
        reject(refusal)
        return
      }
      const appends = (unit.appends ?? []).map(encodeAppend)
      this.#queue.push({ appends, statements: unit.statements ?? [], resolve, reject })
      this.#start()
    })
  }

  /** Resolves at once if the last transaction succeeded. Otherwise tries an empty transaction, and rejects if that fails. */
  async writable(): Promise<void> {
    if (this.#isAway || this.#isAsking) await this.commit({})
  }

  /** Runs `work` in a transaction of its own when its turn comes. Rare: it draws numbers. */
  exclusive<A>(work: (tx: WriterTransaction) => Promise<A>): Promise<A> {
    return new Promise((resolve, reject) => {
      const run = async () => {
        try {
          resolve(await this.#dialect.writer.transaction(work))
        } catch (failure) {
          if (failure instanceof OutcomeUnknown) await this.#outcome(failure).catch(() => {})
          reject(storeUnavailable(failure))
        }
      }
      const refusal = this.#refusal()
      if (refusal) {
        reject(refusal)
        return
      }
      this.#queue.push({ run, reject })
      this.#start()
    })
  }

  /** Resolves when nothing waits or runs. */
  async drained(): Promise<void> {
    if (!this.#running) return
    await new Promise<void>((resolve) => this.#idle.push(resolve))
  }

  /** Accepts nothing more, and stops asking a database that does not respond. Resolves when nothing runs. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.drained()
  }

  #refusal(): StoreUnavailable | undefined {
    if (this.#isClosed) return new StoreUnavailable({ reason: "it is closing" })
    if (this.#isAsking)
      return new StoreUnavailable({ reason: "the connection to the database was lost during a commit" })
    if (this.#queue.length < this.#options.queueMax) return undefined
    return new StoreUnavailable({ reason: `${this.#queue.length} writes are waiting` })
  }

  #start(): void {
    if (this.#running) return
    this.#running = true
    setImmediate(() => void this.#run())
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#takeBatch()
      if (batch.length > 0) await this.#commitBatch(batch)
      else await (this.#queue.shift() as Exclusive).run()
      // Lets sockets and timers run between two commits. Writers of the last commit can queue their next unit meanwhile.
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.#running = false
    for (const resolve of this.#idle.splice(0)) resolve()
  }

  /** The units at the front of the queue, up to the cap or the next exclusive transaction. */
  #takeBatch(): readonly Waiting[] {
    const batch: Waiting[] = []
    for (const item of this.#queue) {
      if (!("appends" in item) || batch.length === this.#options.batchMax) break
      batch.push(item)
    }
    this.#queue.splice(0, batch.length)
    return batch
  }

  async #commitBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const settled = await this.#attempt(batch, "together")
      if (settled) return
      await this.#attempt(batch, "apart")
    } catch (failure) {
      this.#forget()
      this.#isAway = true
      const unavailable = storeUnavailable(failure)
      for (const { reject } of batch) reject(unavailable)
    }
  }

  /** Runs one transaction. Returns false, with nothing written, if a unit of a batch run together violated a UNIQUE index. */
  async #attempt(batch: readonly Waiting[], mode: "together" | "apart"): Promise<boolean> {
    const rejected = new Map<Waiting, CommitFailure>()
    const written: Planned[] = []
    let head: Head | undefined
    try {
      await this.#dialect.writer.transaction(async (tx) => {
        const plan = await this.#planner(tx, batch)
        for (const waiting of batch) {
          const conflict = plan.conflictOf(waiting)
          if (conflict) rejected.set(waiting, conflict)
          else if (mode === "together") written.push(plan.add(waiting))
          else await this.#writeApart(tx, plan, waiting, written, rejected)
        }
        if (mode === "together") await write(tx, written)
        head = plan.head
        if (head !== tx.head) await tx.moveHead(head)
      })
    } catch (failure) {
      this.#forget()
      if (mode === "together" && this.#dialect.duplicateOf(failure) !== undefined) return false
      if (!(failure instanceof OutcomeUnknown && (await this.#outcome(failure)))) throw failure
    }
    this.#isAway = false
    if (head) this.#remember(head, written)
    for (const [waiting, failure] of rejected) waiting.reject(failure)
    for (const { waiting, events } of written) waiting.resolve(events)
    return true
  }

  async #writeApart(
    tx: WriterTransaction,
    plan: Planner,
    waiting: Waiting,
    written: Planned[],
    rejected: Map<Waiting, CommitFailure>
  ): Promise<void> {
    const planned = plan.add(waiting)
    try {
      await tx.savepoint(() => write(tx, [planned]))
      written.push(planned)
    } catch (failure) {
      const key = this.#dialect.duplicateOf(failure)
      if (key === undefined) throw failure
      plan.undo(planned)
      rejected.set(waiting, new DuplicateKey({ key }))
    }
  }

  async #planner(tx: WriterTransaction, batch: readonly Waiting[]): Promise<Planner> {
    if (tx.head.position !== this.#lastPosition) this.#streamHeads.clear()
    const streams = new Set(batch.flatMap(({ appends }) => appends.map((append) => append.stream)))
    const unknown = [...streams].filter((stream) => !this.#streamHeads.has(stream))
    const heads = new Map<string, StreamHead>()
    for (const stream of streams) heads.set(stream, this.#streamHeads.get(stream) ?? emptyStream)
    if (unknown.length > 0) for (const [stream, head] of await tx.streamHeads(unknown)) heads.set(stream, head)
    return new Planner(tx.head, heads, this.#options)
  }

  /** Whether the transaction was committed. Until that is known nothing else is written, and no other writer waits. */
  async #outcome(unknown: OutcomeUnknown): Promise<boolean> {
    this.#isAsking = true
    const refusal = this.#refusal() ?? storeUnavailable(unknown)
    for (const { reject } of this.#queue.splice(0)) reject(refusal)
    try {
      for (;;) {
        try {
          return await unknown.wasCommitted()
        } catch (failure) {
          if (this.#isClosed) throw failure
          await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS))
        }
      }
    } finally {
      this.#isAsking = false
    }
  }

  #remember(head: Head, written: readonly Planned[]): void {
    const events = written.flatMap((planned) => planned.events)
    for (const event of events) {
      this.#streamHeads.delete(event.stream)
      this.#streamHeads.set(event.stream, { version: event.version, hash: event.hash })
    }
    for (const stream of this.#streamHeads.keys()) {
      if (this.#streamHeads.size <= STREAM_HEADS_MAX) break
      this.#streamHeads.delete(stream)
    }
    this.#lastPosition = head.position
    if (events.length > 0) this.#options.committed(events, head)
  }

  #forget(): void {
    this.#streamHeads.clear()
    this.#lastPosition = -1
  }
}

/** Advances the head and the stream heads along a batch, unit by unit. */
class Planner {
  head: Head
  readonly #streamHeads: Map<string, StreamHead>
  readonly #options: GroupCommitOptions

  constructor(head: Head, streamHeads: Map<string, StreamHead>, options: GroupCommitOptions) {
    this.head = head
    this.#streamHeads = streamHeads
    this.#options = options
  }

  /** The conflict of the unit's first stale append, after the units before it; undefined if there is none. */
  conflictOf({ appends }: Waiting): StreamConflict | undefined {
    const ahead = new Map<string, number>()
    for (const { stream, expected, events } of appends) {
      const actual = ahead.get(stream) ?? this.#streamHead(stream).version
      const wanted = expected === "new" ? 0 : expected
      if (expected !== "any" && wanted !== actual) return new StreamConflict({ stream, expected, actual })
      ahead.set(stream, actual + events.length)
    }
    return undefined
  }

  add(waiting: Waiting): Planned {
    const rows: EventRow[] = []
    const events: AppendedEvent[] = []
    const before = { head: this.head, streamHeads: new Map<string, StreamHead>() }
    const now = this.#options.now()
    for (const append of waiting.appends) {
      const streamHead = this.#streamHead(append.stream)
      const chained = chainEvents(append, this.head, streamHead, now)
      if (!before.streamHeads.has(append.stream)) before.streamHeads.set(append.stream, streamHead)
      this.head = chained.head
      this.#streamHeads.set(append.stream, chained.streamHead)
      rows.push(...chained.rows)
      events.push(...chained.events)
    }
    const statements = [...events.flatMap((event) => this.#options.project(event)), ...waiting.statements]
    return { waiting, rows, events, statements, before }
  }

  /** Undoes the unit that was added last. */
  undo({ before }: Planned): void {
    this.head = before.head
    for (const [stream, head] of before.streamHeads) this.#streamHeads.set(stream, head)
  }

  #streamHead(stream: string): StreamHead {
    return this.#streamHeads.get(stream) ?? emptyStream
  }
}

const write = async (tx: WriterTransaction, planned: readonly Planned[]): Promise<void> => {
  const rows = planned.flatMap((unit) => unit.rows)
  if (rows.length > 0) await tx.insertEvents(rows)
  const statements = planned.flatMap((unit) => unit.statements)
  if (statements.length > 0) await tx.run(statements)
}
