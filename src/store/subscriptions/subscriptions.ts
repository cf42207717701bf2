/**
 * Named followers of the log, each with a durable checkpoint. Read this first. Keeps LOG-11.
 *
 * A subscription gets every matching event after its checkpoint, in order, at least once. What it writes in this store is written in
 * the transaction that moves its checkpoint, so that happens exactly once, whatever is killed when. Trimming never drops an event
 * that a subscription has not read.
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

/** Rejection: the checkpoint is elsewhere than this follower believed; another one goes by the same name. Nothing was written. */
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
  /** Events of one page at most; fewer where they are long. */
  readonly eventsMax?: number
}

export interface Subscription {
  readonly name: string
  /** The checkpoint: everything up to there is done. */
  readonly position: () => number
  /**
   * Pages after the checkpoint, without end. A page without events says how far nothing matches. Fails with HistoryTrimmed where the
   * checkpoint lies before the beginning of the log: events are missing that this follower should have had.
   */
  readonly pages: (paging?: Paging) => Stream.Stream<LogPage, HistoryTrimmed | StoreUnavailable>
  /** The next page after `after`, which is the checkpoint, or ahead of it by what is done and not yet written down. */
  readonly next: (after: number, paging?: Paging) => Effect.Effect<LogPage, HistoryTrimmed | StoreUnavailable>
  /**
   * Moves the checkpoint to `position` and commits what belongs to that, both or neither; answers the appended events. The checkpoint
   * never goes back: where it is at `position` or beyond, that was committed before, and nothing is written a second time. After
   * StoreUnavailable call it again with the same.
   */
  readonly advance: (
    position: number,
    unit?: Unit
  ) => Effect.Effect<readonly AppendedEvent[], CommitFailure | CheckpointMoved | SubscriptionRemoved>
}

export interface SubscriptionsShape {
  /**
   * The subscription of that name. A new one begins at the start of what the log holds, or with what is committed from now on; one
   * that exists goes on from its checkpoint, whatever `from` says. Names have up to 80 of `a-z 0-9 . : _ -`.
   */
  readonly open: (
    name: string,
    options: { readonly from: "start" | "now" }
  ) => Effect.Effect<Subscription, StoreUnavailable>
  /** For operators. */
  readonly list: Effect.Effect<readonly SubscriptionState[], StoreUnavailable>
  /** Removes it with its checkpoint, so that trimming does not wait for it any more; answers whether it was there. */
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
        list: Effect.provideContext(subscriptionStates, context),
        remove: (name) => Effect.provideContext(remove(name), context)
      })
    })
  )
}

const NAME = /^[a-z0-9.:_-]{1,80}$/

const open = (name: string, from: "start" | "now") =>
  Effect.gen(function* () {
    if (!NAME.test(name)) return yield* Effect.die(new Error(`${name} is no name of a subscription`))
    const log = yield* EventLog
    const now = yield* Clock.currentTimeMillis
    if ((yield* readCheckpoint(name)) === undefined) {
      yield* log.commit({ statements: [insertCheckpoint(name, from, now)] }).pipe(
        // Another one has opened it meanwhile.
        Effect.catchTag("DuplicateKey", () => Effect.void),
        Effect.mapError(storeUnavailable)
      )
    }
    const position = yield* readCheckpoint(name)
    if (position === undefined) return yield* Effect.die(new SubscriptionRemoved({ subscription: name }))
    return yield* subscriptionAt(name, position)
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

    /** Where a unit was refused, or its outcome is not known, the row says what became of it. */
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
