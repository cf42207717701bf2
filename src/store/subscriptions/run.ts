/**
 * The loop of a subscription: a page is handled, then the checkpoint moves. Keeps LOG-11.
 *
 * At least once, in order, never skipping. While the store is away it tries again, with growing delays; what the handler gave to be
 * written with the checkpoint is written once for each event.
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
   * A follower that writes nothing with its checkpoint writes it at most this often, and at its end; so much is handled again after a
   * kill. Also how long a checkpoint may stay behind where nothing matches.
   */
  readonly checkpointEveryMs?: number
}

const CHECKPOINT_EVERY_MS = 1_000
const RETRY_FIRST_MS = 100
const RETRY_CAP_MS = 5_000
/** A store that hangs must not hold up whoever ends the follower. */
const LAST_CHECKPOINT_MS = 2_000

/** What ends a run, beside the handler's own failures. */
export type RunFailure = HistoryTrimmed | SubscriptionRemoved | StreamConflict | DuplicateKey

/**
 * Runs until it is interrupted. `handle` gets pages with at least one event, one after the other, and answers what is to be written
 * with the checkpoint, if anything. When it fails with StoreUnavailable, or the store is away for the checkpoint, the same events come
 * again; any other failure ends the run, at the checkpoint before.
 */
export const runSubscription = <E, R>(
  subscription: Subscription,
  handle: (page: LogPage) => Effect.Effect<Unit | void, E, R>,
  { checkpointEveryMs = CHECKPOINT_EVERY_MS, ...paging }: RunOptions = {}
): Effect.Effect<never, Exclude<E, StoreUnavailable> | RunFailure, R> =>
  Effect.gen(function* () {
    /** Handled up to here; ahead of the checkpoint by what is not yet written down. */
    let seen = subscription.position()
    let writtenAt = yield* elapsedMs

    const advance = (to: number, unit?: Unit) =>
      Effect.gen(function* () {
        yield* subscription.advance(to, unit)
        writtenAt = yield* elapsedMs
      })
    /** Undefined when the checkpoint is due first. */
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
      // Another follower of the same name was faster: on from where that one is.
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
