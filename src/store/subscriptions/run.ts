/**
 * The loop of a subscription: it handles a page, then moves the checkpoint. Keeps LOG-11.
 *
 * Each event is handled at least once and in order; none is skipped. While the store is unavailable the loop retries with growing
 * delays. What the handler returns is written in the transaction of the checkpoint, so it is written once for each event.
 */
import { Effect, Option } from "effect"
import { elapsedMs } from "../elapsed.ts"
import { type DuplicateKey, type HistoryTrimmed, StoreUnavailable, type StreamConflict } from "../errors.ts"
import type { Unit } from "../log/group-commit.ts"
import type { LogPage } from "../log/next-page.ts"
import { untilAvailable } from "../until-available.ts"
import type { Paging, Subscription, SubscriptionRemoved } from "./subscriptions.ts"

export interface RunOptions extends Paging {
  /**
   * How often a follower that writes nothing with its checkpoint writes the checkpoint; it also writes it at its end. After a kill, the
   * events of this time are handled again. It is also how long the checkpoint may lag where nothing matches.
   */
  readonly checkpointEveryMs?: number
}

const CHECKPOINT_EVERY_MS = 1_000
const RETRY_FIRST_MS = 100
const RETRY_CAP_MS = 5_000
/** A store that hangs must not delay the end of the follower. */
const LAST_CHECKPOINT_MS = 2_000

/** What ends a run, besides the handler's own failures. */
export type RunFailure = HistoryTrimmed | SubscriptionRemoved | StreamConflict | DuplicateKey

/**
 * Runs until it is interrupted. `handle` gets pages with at least one event, one after the other, and returns what to write with the
 * checkpoint, if anything. When `handle` or the checkpoint fails with StoreUnavailable, the same events come again. Any other failure
 * ends the run at the previous checkpoint.
 */
export const runSubscription = <E, R>(
  subscription: Subscription,
  handle: (page: LogPage) => Effect.Effect<Unit | void, E, R>,
  { checkpointEveryMs = CHECKPOINT_EVERY_MS, ...paging }: RunOptions = {}
): Effect.Effect<never, Exclude<E, StoreUnavailable> | RunFailure, R> =>
  Effect.gen(function* () {
    /** The last handled position; ahead of the checkpoint by what is not written yet. */
    let seen = subscription.position()
    let writtenAt = yield* elapsedMs

    const advance = (to: number, unit?: Unit) =>
      Effect.gen(function* () {
        yield* subscription.advance(to, unit)
        writtenAt = yield* elapsedMs
      })
    /** Undefined if the checkpoint is due before the next page comes. */
    const nextPage = Effect.gen(function* () {
      if (seen <= subscription.position()) return Option.some(yield* subscription.next(seen, paging))
      const dueInMs = writtenAt + checkpointEveryMs - (yield* elapsedMs)
      if (dueInMs <= 0) return Option.none<LogPage>()
      return yield* Effect.timeoutOption(subscription.next(seen, paging), dueInMs)
    })
    const step = Effect.gen(function* () {
      const page = Option.getOrUndefined(yield* nextPage)
      if (page === undefined) {
        yield* advance(seen)
        return
      }
      const unit = page.events.length > 0 ? yield* handle(page) : undefined
      if (isEffective(unit)) yield* advance(page.upTo, unit)
      seen = page.upTo
    }).pipe(
      Effect.retry({
        schedule: untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS),
        while: (failure: unknown) => failure instanceof StoreUnavailable
      }),
      // Another follower with the same name was faster: continue from its checkpoint.
      Effect.catchTag("CheckpointMoved", () => Effect.sync(() => (seen = subscription.position())))
    )
    const lastCheckpoint = Effect.suspend(() => (seen > subscription.position() ? advance(seen) : Effect.void)).pipe(
      Effect.timeoutOption(LAST_CHECKPOINT_MS),
      Effect.ignore
    )
    return yield* Effect.forever(step).pipe(Effect.ensuring(lastCheckpoint))
  }) as Effect.Effect<never, Exclude<E, StoreUnavailable> | RunFailure, R>

const isEffective = (unit: Unit | void): unit is Unit =>
  unit !== undefined && ((unit.appends?.length ?? 0) > 0 || (unit.statements?.length ?? 0) > 0)
