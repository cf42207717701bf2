/**
 * Named followers of the log, each with a durable checkpoint. Read this first. Keeps LOG-11.
 *
 * A subscription gets every matching event after its checkpoint, in order, at least once. What it writes in this store is written in
 * the transaction that moves its checkpoint, so it is written exactly once, whatever process is killed when. Trimming never drops an
 * event that a subscription has not read.
 */
import { Clock, Context, Effect, Layer, Schema, Stream } from "effect"
import type { AppendedEvent } from "../log/chain-events.ts"
import type { Database } from "../database.ts"
import { type HistoryTrimmed, type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { EventFilter } from "../log/event-log-queries.ts"
import type { CommitFailure, Unit } from "../log/group-commit.ts"
import { type LogPage, nextPage } from "../log/next-page.ts"
import {
  deleteCheckpoint,
  insertCheckpoint,
  moveCheckpoint,
  readCheckpoint,
  type SubscriptionState,
  subscriptionStates
} from "./checkpoint.ts"
import { EVENTS_MAX } from "./follower.ts"

/** Rejection: another follower with the same name has moved the checkpoint. Nothing was written. */
export class CheckpointMoved extends Schema.TaggedError<CheckpointMoved>()("CheckpointMoved", {
  subscription: Schema.String,
  expected: Schema.Int,
  actual: Schema.Int
}) {
  override get message(): string {
    return `the subscription ${this.subscription} is at position ${this.actual}, not ${this.expected}`
  }
}

/** Terminal: the subscription was removed while it was followed. Nothing was written. */
export class SubscriptionRemoved extends Schema.TaggedError<SubscriptionRemoved>()("SubscriptionRemoved", {
  subscription: Schema.String
}) {
  override get message(): string {
    return `the subscription ${this.subscription} was removed`
  }
}

export interface Paging extends EventFilter {
  /** The most events in one page; fewer if they are long. */
  readonly eventsMax?: number
}

export interface Subscription {
  readonly name: string
  /** The checkpoint: everything up to it is done. */
  readonly position: () => number
  /**
   * Pages after the checkpoint, without end. A page without events tells how far nothing matches. Fails with HistoryTrimmed if the
   * checkpoint lies before the beginning of the log: the follower has missed events.
   */
  readonly pages: (paging?: Paging) => Stream.Stream<LogPage, HistoryTrimmed | StoreUnavailable>
  /** The next page after `after`: the checkpoint, or a later position up to which work is done but not written yet. */
  readonly next: (after: number, paging?: Paging) => Effect.Effect<LogPage, HistoryTrimmed | StoreUnavailable>
  /**
   * Moves the checkpoint to `position` and commits `unit` with it, both or neither. Returns the appended events. The checkpoint never
   * moves back: if it is at `position` or beyond, the work was committed before, and nothing is written again. After StoreUnavailable,
   * call it again with the same arguments.
   */
  readonly advance: (
    position: number,
    unit?: Unit
  ) => Effect.Effect<readonly AppendedEvent[], CommitFailure | CheckpointMoved | SubscriptionRemoved>
}

export interface SubscriptionsShape {
  /**
   * Opens the subscription with this name. A new one begins at the start of the log, or with what is committed from now on. An existing
   * one continues from its checkpoint, whatever `from` says. A name has 1 to 80 characters of `a-z 0-9 . : _ -`.
   */
  readonly open: (
    name: string,
    options: { readonly from: "start" | "now" }
  ) => Effect.Effect<Subscription, StoreUnavailable>
  /** The subscription with this name; undefined if there is none. */
  readonly find: (name: string) => Effect.Effect<Subscription | undefined, StoreUnavailable>
  /** For operators. */
  readonly list: Effect.Effect<readonly SubscriptionState[], StoreUnavailable>
  /** Removes the subscription and its checkpoint, so that trimming no longer waits for it. Returns whether it existed. */
  readonly remove: (name: string) => Effect.Effect<boolean, StoreUnavailable>
}

export class Subscriptions extends Context.Service<Subscriptions, SubscriptionsShape>()(
  "bitacora/store/Subscriptions"
) {
  static readonly layer = Layer.effect(
    Subscriptions,
    Effect.gen(function* () {
      const context = yield* Effect.context<Database | EventLog>()
      return Subscriptions.of({
        open: (name, { from }) => Effect.provideContext(open(name, from), context),
        find: (name) => Effect.provideContext(find(name), context),
        list: Effect.provideContext(subscriptionStates, context),
        remove: (name) => Effect.provideContext(remove(name), context)
      })
    })
  )
}

const NAME = /^[a-z0-9.:_-]{1,80}$/

const open = (name: string, from: "start" | "now") =>
  Effect.gen(function* () {
    if (!NAME.test(name)) return yield* Effect.die(new Error(`${name} is not a valid name of a subscription`))
    const log = yield* EventLog
    const now = yield* Clock.currentTimeMillis
    if ((yield* readCheckpoint(name)) === undefined) {
      yield* log.commit({ statements: [insertCheckpoint(name, from, now)] }).pipe(
        // Another caller has opened it in the meantime.
        Effect.catchTag("DuplicateKey", () => Effect.void),
        Effect.mapError(storeUnavailable)
      )
    }
    const position = yield* readCheckpoint(name)
    if (position === undefined) return yield* Effect.die(new SubscriptionRemoved({ subscription: name }))
    return yield* subscriptionAt(name, position)
  })

const find = (name: string) =>
  Effect.gen(function* () {
    const position = yield* readCheckpoint(name)
    return position === undefined ? undefined : yield* subscriptionAt(name, position)
  })

const remove = (name: string) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const wasThere = (yield* readCheckpoint(name)) !== undefined
    if (wasThere) yield* log.commit({ statements: [deleteCheckpoint(name)] }).pipe(Effect.mapError(storeUnavailable))
    return wasThere
  })

const subscriptionAt = (name: string, checkpoint: number) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Database | EventLog>()
    const log = yield* EventLog
    let position = checkpoint

    const next: Subscription["next"] = (after, { eventsMax = EVENTS_MAX, ...filter } = {}) =>
      Effect.provideContext(nextPage(after, filter, eventsMax), context)

    /** The row tells what happened to a unit that was refused, or whose outcome is unknown. */
    const settle = (to: number, failure: CommitFailure) =>
      Effect.gen(function* () {
        if (failure._tag === "StoreUnavailable") return yield* failure
        const actual = yield* readCheckpoint(name)
        if (actual === undefined) return yield* new SubscriptionRemoved({ subscription: name })
        const expected = position
        if (actual === expected) return yield* failure
        position = actual
        if (actual >= to) return [] as readonly AppendedEvent[]
        return yield* new CheckpointMoved({ subscription: name, expected, actual })
      })

    const advance: Subscription["advance"] = (to, { appends = [], statements = [] }: Unit = {}) =>
      Effect.gen(function* () {
        if (to > log.end()) return yield* Effect.die(new Error(`${name}: position ${to} is beyond the end of the log`))
        if (to <= position) return []
        const move = moveCheckpoint(name, position, to, yield* Clock.currentTimeMillis)
        const events = yield* log
          .commit({ appends, statements: [...move, ...statements] })
          .pipe(Effect.catch((failure) => settle(to, failure)))
        position = Math.max(position, to)
        return events
      }).pipe(Effect.provideContext(context))

    return {
      name,
      position: () => position,
      next,
      pages: (paging) =>
        Stream.suspend(() =>
          Stream.unfold(position, (seen: number) =>
            Effect.map(next(seen, paging), (page) => [page, page.upTo] as const)
          )
        ),
      advance
    } satisfies Subscription
  })
