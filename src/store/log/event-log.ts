/**
 * The log as the rest of the gateway sees it: commit and read. Read this first. Keeps LOG-1 to LOG-5.
 *
 * `commit` resolves when the events, and everything that belongs to them, are durable. Readers see only committed events. A follower
 * names the position that it has seen, and gets every later event once, in order: first from the database, then as it happens.
 */
import { Context, Effect, Layer } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { AppendedEvent } from "./chain-events.ts"
import { Database } from "../database.ts"
import { DuplicateKey, StoreUnavailable, StreamConflict, storeUnavailable } from "../errors.ts"
import { type CommitFailure, GroupCommit, type Unit } from "./group-commit.ts"
import { LogReader, type LogReaderShape } from "./log-reader.ts"
import { rebuildChanged } from "../projections/projector.ts"
import { projectInline } from "../projections/registry.ts"
import { Tail } from "./tail.ts"

export interface EventLogShape extends LogReaderShape {
  /** Writes the whole unit or nothing. Resolves after the commit, with the events as recorded. */
  readonly commit: (unit: Unit) => Effect.Effect<readonly AppendedEvent[], CommitFailure>
  /** Fails while the store cannot be written to. Costs nothing while it can. */
  readonly writable: Effect.Effect<void, StoreUnavailable>
  /** Draws the next number of a sequence, such as the device numbers. A number is never given twice. */
  readonly nextNumber: (sequence: "device" | "user") => Effect.Effect<number, StoreUnavailable>
  /** The last position that this process knows to be committed. No I/O. */
  readonly end: () => number
  /** Removes payloads that were erased from memory. */
  readonly redact: (positions: readonly number[]) => void
  /** Removes events up to and including `position`, which were dropped, from memory. */
  readonly drop: (position: number) => void
  /** Waits until the log is longer than `position`. */
  readonly grownBeyond: (position: number) => Effect.Effect<void>
  /** At most `limit` events after `position` from memory; undefined if some of the events after it are not in memory. */
  readonly recent: (position: number, limit: number) => readonly RecordedEvent[] | undefined
  /** Waits until every requested write is settled. */
  readonly drained: Effect.Effect<void>
  /** The number of writes that wait for a transaction. */
  readonly waiting: () => number
}

export interface EventLogOptions {
  readonly batchMax: number
  readonly queueMax: number
  /** Called while a projection is rebuilt, with how far it is. */
  readonly progress: (name: string, position: number, end: number) => void
}

export const defaultEventLogOptions: EventLogOptions = { batchMax: 256, queueMax: 10_000, progress: () => {} }

export class EventLog extends Context.Service<EventLog, EventLogShape>()("bitacora/store/EventLog") {
  /** Also provides the LogReader. */
  static readonly layer = (options: EventLogOptions = defaultEventLogOptions) =>
    Layer.effect(EventLog, make(options)).pipe(Layer.provideMerge(LogReader.layer))
}

const make = (options: EventLogOptions) =>
  Effect.gen(function* () {
    const { dialect } = yield* Database
    const reader = yield* LogReader
    yield* Effect.promise(() => rebuildChanged(dialect, options.progress))
    const clock = yield* Effect.clockWith((clock) => Effect.succeed(clock))
    const tail = new Tail((yield* reader.head).position)
    const group = new GroupCommit(dialect, {
      batchMax: options.batchMax,
      queueMax: options.queueMax,
      now: () => clock.currentTimeMillisUnsafe(),
      project: projectInline,
      committed: (events) => tail.publish(events)
    })
    yield* Effect.addFinalizer(() => Effect.promise(() => group.close()))

    return EventLog.of({
      ...reader,
      commit: (unit) =>
        Effect.tryPromise({ try: () => group.commit(unit), catch: (failure) => failure }).pipe(
          Effect.catch((failure) => (isCommitFailure(failure) ? Effect.fail(failure) : Effect.die(failure)))
        ),
      writable: Effect.tryPromise({ try: () => group.writable(), catch: storeUnavailable }),
      nextNumber: (sequence) =>
        Effect.tryPromise({
          try: () => group.exclusive(async (tx) => tx.nextNumber(sequence)),
          catch: storeUnavailable
        }),
      end: () => tail.end,
      redact: (positions) => tail.redact(new Set(positions)),
      drop: (position) => tail.drop(position),
      grownBeyond: (position) => grownBeyond(tail, position),
      recent: (position, limit) => tail.after(position, limit),
      drained: Effect.promise(() => group.drained()),
      waiting: () => group.waiting
    })
  })

const isCommitFailure = (failure: unknown): failure is CommitFailure =>
  failure instanceof StreamConflict || failure instanceof DuplicateKey || failure instanceof StoreUnavailable

const grownBeyond = (tail: Tail, position: number): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const stop = tail.onGrown(position, () => resume(Effect.void))
    return Effect.sync(stop)
  })
