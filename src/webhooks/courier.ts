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
import { storeUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { Unit } from "../store/log/group-commit.ts"
import { type Interest, openFollower } from "../store/subscriptions/follower.ts"
import { type Subscription, Subscriptions } from "../store/subscriptions/subscriptions.ts"
import { Deliveries, writeDeliveries } from "../store/webhook/deliveries.ts"
import type { Attempt, Delivery } from "../store/webhook/delivery.ts"
import { type Delivered, writeDelivered } from "../store/webhook/delivered.ts"
import {
  endReplay,
  liveCheckpoint,
  noteFailing,
  replayCheckpoint,
  webhookAppend,
  Webhooks
} from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import type { AttemptOutcome } from "./attempt.ts"
import type { Teller } from "./teller.ts"
import type { KnownDevices } from "./telling.ts"
import { isAboutItself } from "./interest.ts"
import { patiently } from "./patiently.ts"
import { type Verdict, verdictOn, withAttempt } from "./verdict.ts"

/** Which part of the log a courier delivers to its endpoint: what is new, or a replay. */
export interface Course {
  readonly webhook: Webhook
  readonly isReplay: boolean
  readonly interest: Interest
  readonly teller: Teller
  /** Bounds the files in memory. */
  readonly files: Semaphore.Semaphore
  readonly delaysMs: readonly number[]
}

/** Events that are read at once. They are in memory while they are delivered. */
const PAGE = 50
/** After this time, what was read is read again, and what was delivered is written. All endpoints write at the same moments. */
const FRESH_MS = 500
const ROWS_MAX = 500
/** How often the checkpoint moves where nothing matches. */
const IDLE_CHECKPOINT_MS = 10_000
/** A store that hangs must not delay the end. */
const LAST_WRITE_MS = 2_000

const gateway = { who: "gateway", commandId: null, causation: null, correlation: null } as const

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
    const { webhook, teller, files, delaysMs } = course
    const { id } = webhook
    const replay = course.isReplay ? webhook.replay : null
    const end = replay?.upTo ?? Number.MAX_SAFE_INTEGER
    const log = yield* EventLog
    const deliveries = yield* Deliveries
    const webhooks = yield* Webhooks
    /** Everything up to here was delivered, or does not concern the endpoint. */
    let seen = subscription.position()
    /** What was delivered after the checkpoint: at its first attempt, and otherwise. */
    let delivered: Delivered[] = []
    let rows: Delivery[] = []
    let writtenAt = yield* elapsedMs
    let { failingSince } = webhook

    const write = (unit: Unit = {}) =>
      Effect.gen(function* () {
        const statements = [
          ...writeDelivered(id, delivered),
          ...writeDeliveries(id, rows, course.isReplay),
          ...(unit.statements ?? [])
        ]
        if (seen > subscription.position()) {
          yield* patiently(subscription.advance(seen, { ...unit, statements }))
        } else if (statements.length > 0) {
          yield* patiently(log.commit({ ...unit, statements }).pipe(Effect.mapError(storeUnavailable)))
        }
        delivered = []
        rows = []
        writtenAt = yield* elapsedMs
      })

    /** Packs are in the order of the log, so a replay writes rows. */
    const succeeded = (position: number, attempt: Attempt) => {
      if (!course.isReplay) delivered.push({ position, attempt })
      else rows.push({ ...withAttempt({ position, before: undefined }, attempt), status: "delivered" })
      seen = position
    }

    const posted = (event: RecordedEvent, bodies: readonly string[], accepted: number) =>
      Effect.promise((signal) => teller.post(event, bodies, accepted, signal))

    const judge = (event: RecordedEvent, outcome: AttemptOutcome, before?: Delivery) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const random = yield* Random.next
        return verdictOn(outcome, { position: event.position, before, failingSince, delaysMs, now, random })
      })

    /** Undefined if there is nothing to tell. */
    const attempt = (event: RecordedEvent, known: KnownDevices, before: Delivery | undefined, accepted: number) =>
      Effect.gen(function* () {
        const bodies = yield* teller.bodiesOf(event, known)
        return bodies.length === 0 ? undefined : yield* posted(event, bodies, accepted)
      }).pipe(
        (event.type === "message.received" || event.type === "message.resent") && teller.bodiesAtOnce === undefined
          ? files.withPermits(1)
          : (work) => work,
        Effect.flatMap((outcome) =>
          outcome === undefined
            ? Effect.undefined
            : Effect.map(judge(event, outcome, before), (verdict) => ({ outcome, verdict }))
        )
      )

    /** Writes what an attempt led to. Returns whether the endpoint goes on with what follows. */
    const settle = ({ delivery, disable }: Verdict) =>
      Effect.gen(function* () {
        const { position, status, attempts } = delivery
        if (status === "delivered") {
          const [first] = delivery.history
          if (attempts === 1 && first !== undefined) succeeded(position, first)
          else rows.push(delivery)
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
          yield* write({ statements: [...writeDeliveries(id, [delivery]), ...failing] })
          yield* patiently(webhooks.disable(id, disable, gateway)).pipe(
            Effect.catchTag("DuplicateKey", () => Effect.void)
          )
          return false
        }
        if (status === "failing") {
          yield* write({ statements: [...writeDeliveries(id, [delivery]), ...failing] })
          return true
        }
        seen = position
        const parked = { type: "webhook.parked", data: { webhookId: id, position, attempts } } as const
        const statements = [...writeDeliveries(id, [delivery]), ...failing]
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

    /** Delivers for as long as it succeeds. Returns the event at which it stopped: its attempt failed, or what was read is no longer fresh. */
    const deliverAtOnce = async (
      events: readonly RecordedEvent[],
      bodiesOf: (event: RecordedEvent) => readonly string[],
      signal: AbortSignal
    ): Promise<{ readonly event: RecordedEvent; readonly outcome?: AttemptOutcome } | undefined> => {
      const readAt = performance.now()
      for (const event of events) {
        const bodies = bodiesOf(event)
        const outcome = await teller.post(event, bodies, 0, signal)
        if (!outcome.isDelivered || failingSince !== null) return { event, outcome }
        succeeded(event.position, outcome.attempt)
        if (performance.now() - readAt > FRESH_MS) return { event }
      }
      return undefined
    }

    /** The same for formats that need more than the event. */
    const deliverEach = (events: readonly RecordedEvent[]) =>
      Effect.gen(function* () {
        const readAt = yield* elapsedMs
        const known: KnownDevices = new Map()
        for (const event of events) {
          const tried = yield* attempt(event, known, undefined, 0)
          if (tried === undefined) continue
          const { outcome, verdict } = tried
          if (!outcome.isDelivered) return { event, outcome }
          yield* settle(verdict)
          if ((yield* elapsedMs) - readAt > FRESH_MS) return { event }
        }
        return undefined
      })

    /** Returns the position up to which the page was handled, or undefined if the endpoint is not to go on. */
    const deliverPage = (events: readonly RecordedEvent[], upTo: number) =>
      Effect.gen(function* () {
        const positions = events.map(({ position }) => position)
        const done = replay?.undelivered ? yield* patiently(deliveries.deliveredAmong(id, positions)) : undefined
        const wanted = events.filter(
          (event) => event.position <= end && !isAboutItself(event, id) && !done?.has(event.position)
        )
        const { bodiesAtOnce } = teller
        const stopped = yield* bodiesAtOnce === undefined
          ? deliverEach(wanted)
          : Effect.promise((signal) => deliverAtOnce(wanted, bodiesAtOnce, signal))
        if (stopped === undefined) return Math.min(upTo, end)
        const { event, outcome } = stopped
        if (outcome === undefined) return event.position
        const verdict = yield* judge(event, outcome)
        if (!(yield* settle(verdict))) return undefined
        if (verdict.delivery.status !== "failing") return event.position
        return (yield* hold(verdict.delivery, outcome.accepted)) ? event.position : undefined
      })

    const work = Effect.gen(function* () {
      const held = yield* patiently(deliveries.failing(id, seen, end))
      if (held !== undefined && !(yield* hold(held, 0))) return
      const follower = yield* openFollower(seen, course.interest)
      while (seen < end) {
        const now = yield* elapsedMs
        const dueMs = (delivered.length + rows.length > 0 ? nextTick(writtenAt) : writtenAt + IDLE_CHECKPOINT_MS) - now
        const next = patiently(follower.next(PAGE))
        // What is recorded already comes at once. A wait for more must not delay what is to be written.
        const page =
          seen > subscription.position() && log.end() <= seen
            ? yield* Effect.timeoutOption(next, Math.max(0, dueMs))
            : Option.some(yield* next)
        if (Option.isSome(page)) {
          const reached = yield* deliverPage(page.value.events, page.value.upTo)
          if (reached === undefined) return
          seen = Math.max(seen, reached)
          follower.advance(seen)
        }
        if (Option.isNone(page) || delivered.length + rows.length >= ROWS_MAX || dueMs <= 0) yield* write()
      }
      seen = end
      yield* write({ statements: endReplay(id) })
    })
    yield* Effect.onInterrupt(work, () => write().pipe(Effect.timeoutOption(LAST_WRITE_MS), Effect.ignore))
  })

/** Endpoints that write at the same moments share a transaction. */
const nextTick = (atMs: number): number => (Math.floor(atMs / FRESH_MS) + 1) * FRESH_MS
