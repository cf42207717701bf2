/**
 * Delivers events to one endpoint: in the order of the log, one at a time. Keeps HOOK-1, HOOK-2 and HOOK-4.
 *
 * The endpoint's checkpoint is its place in the log; there is no queue in between. What was delivered is written with the checkpoint, a
 * few times a second; after a kill, what was posted since then is posted again under the same ids. A delivery that fails holds the
 * endpoint until it succeeds or is parked. Nothing else waits for it: each endpoint has a fiber of its own, and reads from memory while
 * it keeps up.
 *
 * An event is read again if it was read some time ago, and before each further attempt, so that an erasure reaches what waits.
 */
import { Clock, Effect, Option, Random, type Semaphore } from "effect"
import type { RecordedEvent } from "../events/envelope.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { StoreUnavailable, storeUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { Unit } from "../store/log/group-commit.ts"
import { type Interest, openFollower } from "../store/subscriptions/follower.ts"
import { type Subscription, Subscriptions } from "../store/subscriptions/subscriptions.ts"
import { untilAvailable } from "../store/until-available.ts"
import { Deliveries, type Delivery, writeDelivery } from "../store/webhook/deliveries.ts"
import {
  endReplay,
  liveCheckpoint,
  noteFailing,
  replayCheckpoint,
  type Webhook,
  webhookAppend,
  Webhooks
} from "../store/webhook/webhooks.ts"
import type { Teller } from "./teller.ts"
import type { KnownDevices } from "./telling.ts"
import { type Verdict, verdictOn } from "./verdict.ts"

/** Which part of the log a courier delivers to its endpoint: what is new, or a replay. */
export interface Course {
  readonly webhook: Webhook
  readonly isReplay: boolean
  readonly interest: Interest
  readonly teller: Teller
  /** Held during each attempt: a replay and what is new take turns. */
  readonly turn: Semaphore.Semaphore
  readonly delaysMs: readonly number[]
}

/** Events that are read at once. They are in memory while they are delivered. */
const PAGE = 50
/** After this time, what was delivered is written, and what was read is read again. */
const FRESH_MS = 250
const ROWS_MAX = 500
/** How often the checkpoint moves where nothing matches. */
const IDLE_CHECKPOINT_MS = 10_000
const RETRY_FIRST_MS = 100
const RETRY_CAP_MS = 5_000
/** A store that hangs must not delay the end. */
const LAST_WRITE_MS = 2_000

const gateway = { who: "gateway", commandId: null, causation: null, correlation: null } as const

/** While the store is unavailable, the courier keeps what it has to write, and posts nothing. */
const patiently = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, StoreUnavailable>, R> =>
  Effect.retry(work, {
    schedule: untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS),
    while: (failure: unknown) => failure instanceof StoreUnavailable
  }) as Effect.Effect<A, Exclude<E, StoreUnavailable>, R>

/** Ends when the endpoint was disabled or removed, or its replay is complete. */
export const deliver = (course: Course) =>
  Effect.gen(function* () {
    const { id } = course.webhook
    const subscriptions = yield* Subscriptions
    const name = course.isReplay ? replayCheckpoint(id) : liveCheckpoint(id)
    const subscription = yield* patiently(subscriptions.find(name))
    if (subscription !== undefined) yield* follow(course, subscription)
  }).pipe(
    // The checkpoint was moved by an unknown hand: the courier begins again from there.
    Effect.retry({ while: ({ _tag }) => _tag === "CheckpointMoved" }),
    Effect.catchTag("SubscriptionRemoved", () => Effect.void)
  )

const follow = (course: Course, subscription: Subscription) =>
  Effect.gen(function* () {
    const { webhook, teller, turn, delaysMs } = course
    const { id } = webhook
    const replay = course.isReplay ? webhook.replay : null
    const end = replay?.upTo ?? Number.MAX_SAFE_INTEGER
    const log = yield* EventLog
    const deliveries = yield* Deliveries
    const webhooks = yield* Webhooks
    /** Everything up to here was delivered, or does not concern the endpoint. */
    let seen = subscription.position()
    /** What was delivered after the checkpoint. */
    let rows: Delivery[] = []
    let writtenAt = yield* elapsedMs
    let { failingSince } = webhook

    const write = (unit: Unit = {}) =>
      Effect.gen(function* () {
        const statements = [...rows.map((row) => writeDelivery(id, row)), ...(unit.statements ?? [])]
        if (seen > subscription.position()) {
          yield* patiently(subscription.advance(seen, { ...unit, statements }))
        } else if (statements.length > 0) {
          yield* patiently(log.commit({ ...unit, statements }).pipe(Effect.mapError(storeUnavailable)))
        }
        rows = []
        writtenAt = yield* elapsedMs
      })

    const attempt = (event: RecordedEvent, known: KnownDevices, before: Delivery | undefined, accepted: number) =>
      Effect.gen(function* () {
        const outcome = yield* turn.withPermits(1)(patiently(teller.tell(event, known, accepted)))
        if (outcome === undefined) return undefined
        const now = yield* Clock.currentTimeMillis
        const random = yield* Random.next
        const { position } = event
        const verdict = verdictOn(outcome, { position, before, failingSince, delaysMs, now, random })
        return { outcome, verdict }
      })

    /** Writes what an attempt led to. Returns whether the endpoint goes on with what follows. */
    const settle = ({ delivery, disable }: Verdict) =>
      Effect.gen(function* () {
        const { position, status, attempts } = delivery
        if (status === "delivered") {
          rows.push(delivery)
          seen = position
          if (failingSince === null) return true
          failingSince = null
          yield* write({ statements: [noteFailing(id, null)] })
          return true
        }
        // What comes before it was delivered.
        seen = Math.max(seen, position - 1)
        const first = failingSince ?? delivery.history.at(-1)?.at ?? delivery.firstAt
        const failing = failingSince === null ? [noteFailing(id, first)] : []
        failingSince = first
        if (disable !== undefined) {
          yield* write({ statements: [writeDelivery(id, delivery), ...failing] })
          yield* patiently(webhooks.disable(id, disable, gateway)).pipe(
            Effect.catchTag("DuplicateKey", () => Effect.void)
          )
          return false
        }
        if (status === "failing") {
          yield* write({ statements: [writeDelivery(id, delivery), ...failing] })
          return true
        }
        seen = position
        const parked = { type: "webhook.parked", data: { webhookId: id, position, attempts } } as const
        const statements = [writeDelivery(id, delivery), ...failing]
        yield* write({ appends: [webhookAppend(id, parked, gateway)], statements })
        return true
      })

    /** Tries a delivery again until it succeeds or is parked. Returns whether the endpoint goes on. */
    const hold = (first: Delivery, acceptedBefore: number) =>
      Effect.gen(function* () {
        let accepted = acceptedBefore
        for (let delivery = first; ; ) {
          const now = yield* Clock.currentTimeMillis
          yield* Effect.sleep(Math.min(delivery.delayMs ?? 0, Math.max(0, (delivery.nextAt ?? now) - now)))
          const event = yield* patiently(log.readPosition(delivery.position))
          const tried = event && (yield* attempt(event, new Map(), delivery, accepted))
          if (tried === undefined) {
            // Its payload was erased while it waited.
            return yield* settle({ delivery: { ...delivery, status: "parked", nextAt: null }, disable: undefined })
          }
          if (!(yield* settle(tried.verdict))) return false
          if (tried.verdict.delivery.status !== "failing") return true
          delivery = tried.verdict.delivery
          accepted = tried.outcome.accepted
        }
      })

    /** Returns the position up to which the page was handled, or undefined if the endpoint is not to go on. */
    const deliverPage = (events: readonly RecordedEvent[], upTo: number) =>
      Effect.gen(function* () {
        const readAt = yield* elapsedMs
        const known: KnownDevices = new Map()
        const done = replay?.undelivered
          ? yield* patiently(
              deliveries.deliveredAmong(
                id,
                events.map(({ position }) => position)
              )
            )
          : undefined
        for (const event of events) {
          const { position } = event
          if (position > end) return end
          if (isAboutItself(event, id) || done?.has(position)) continue
          const tried = yield* attempt(event, known, undefined, 0)
          if (tried === undefined) continue
          if (!(yield* settle(tried.verdict))) return undefined
          if (tried.verdict.delivery.status === "failing") {
            return (yield* hold(tried.verdict.delivery, tried.outcome.accepted)) ? position : undefined
          }
          if ((yield* elapsedMs) - readAt > FRESH_MS) return position
        }
        return Math.min(upTo, end)
      })

    const work = Effect.gen(function* () {
      const held = yield* patiently(deliveries.failing(id, seen, end))
      if (held !== undefined && !(yield* hold(held, 0))) return
      const follower = yield* openFollower(seen, course.interest)
      while (seen < end) {
        const dueMs = writtenAt + (rows.length > 0 ? FRESH_MS : IDLE_CHECKPOINT_MS) - (yield* elapsedMs)
        const next = patiently(follower.next(PAGE))
        const page =
          seen > subscription.position()
            ? yield* Effect.timeoutOption(next, Math.max(0, dueMs))
            : Option.some(yield* next)
        if (Option.isSome(page)) {
          const reached = yield* deliverPage(page.value.events, page.value.upTo)
          if (reached === undefined) return
          seen = Math.max(seen, reached)
          follower.advance(seen)
        }
        if (Option.isNone(page) || rows.length >= ROWS_MAX || dueMs <= 0) yield* write()
      }
      seen = end
      yield* write({ statements: endReplay(id) })
    })
    yield* Effect.onInterrupt(work, () => write().pipe(Effect.timeoutOption(LAST_WRITE_MS), Effect.ignore))
  })

/** What happens to an endpoint is not told to itself: a delivery that is parked would lead to the next one. */
const isAboutItself = ({ type, stream }: RecordedEvent, id: string): boolean =>
  type.startsWith("webhook.") && stream === `webhook/${id}`
