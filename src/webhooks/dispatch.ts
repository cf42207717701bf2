/**
 * Runs a courier for every enabled endpoint, and another one for its replay. Follows the events of `webhook/<id>`: every change of an
 * endpoint is recorded there, and the couriers change with it. Keeps HOOK-4 and HOOK-5.
 */
import { Cause, Context, Effect, FiberMap, Layer, Queue, Schedule, Semaphore } from "effect"
import type { Logger } from "pino"
import { WebhookSender } from "../application/webhook-sender.ts"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import type { WebhookId } from "../events/ids.ts"
import { type WebhookEvent, webhookEvents } from "../events/webhook.ts"
import { Outbound } from "../outbound/outbound.ts"
import { Devices, OPERATOR } from "../store/devices.ts"
import { storeUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { type Interest, openFollower } from "../store/subscriptions/follower.ts"
import { retryNow, writeDeliveries } from "../store/webhook/deliveries.ts"
import type { Delivery } from "../store/webhook/delivery.ts"
import { Webhooks } from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { sessionFilter } from "./environment.ts"
import { Sender } from "./attempt.ts"
import { type Course, deliver } from "./courier.ts"
import type { Format } from "./formats/format.ts"
import { formats } from "./formats/formats.ts"
import { Permits } from "./permits.ts"
import type { WebhookSettings } from "./settings.ts"
import { tellerOf, type TellerMeans } from "./teller.ts"
import { Tellings } from "./telling.ts"
import { withAttempt } from "./verdict.ts"

/** What couriers and single attempts share. */
interface MeansShape extends TellerMeans {
  /** Bounds the files in memory. */
  readonly files: Semaphore.Semaphore
  /** Endpoints whose couriers are to begin again. */
  readonly woken: Queue.Queue<WebhookId>
}

export class WebhookMeans extends Context.Service<WebhookMeans, MeansShape>()("bitacora/webhooks/WebhookMeans") {
  static readonly layer = (settings: WebhookSettings) =>
    Layer.effect(
      WebhookMeans,
      Effect.gen(function* () {
        return WebhookMeans.of({
          settings,
          tellings: yield* Tellings,
          outbound: yield* Outbound,
          inFlight: new Permits(settings.inFlightMax),
          files: yield* Semaphore.make(FILES_MAX),
          woken: yield* Queue.unbounded<WebhookId>()
        })
      })
    ).pipe(Layer.provide(Tellings.layer(settings.fileBytesMax)))
}

/** Messages whose files are in memory at the same time. */
const FILES_MAX = 2
const RESTART_MS = 5_000
const LIST_PAGE = 200

export const webhookSenderLayer = Layer.effect(
  WebhookSender,
  Effect.gen(function* () {
    const means = yield* WebhookMeans
    const log = yield* EventLog
    const wake = (id: WebhookId) =>
      Effect.gen(function* () {
        yield* log.commit({ statements: [retryNow(id, Date.now())] }).pipe(Effect.mapError(storeUnavailable))
        yield* Queue.offer(means.woken, id)
      })
    return WebhookSender.of({
      test: (webhook) =>
        Effect.gen(function* () {
          const sender = new Sender(webhook, means.outbound, means.settings)
          const at = Date.now()
          const body = formats[webhook.format].sample(new Date(at).toISOString())
          const tried = yield* Effect.promise((signal) => sender.attempt(`test_${at}`, [body], 0, signal))
          if (tried.isDelivered) yield* wake(webhook.id)
          return tried.attempt
        }),
      resend: (webhook, delivery) =>
        Effect.gen(function* () {
          const { position, status } = delivery
          if (status === "failing") {
            yield* wake(webhook.id)
            return delivery
          }
          const event = yield* log.readPosition(position)
          if (event === undefined) return undefined
          const teller = tellerOf(webhook, undefined, means)
          const bodies = yield* teller.bodiesOf(event, new Map())
          if (bodies.length === 0) return undefined
          const tried = yield* Effect.promise((signal) => teller.post(event, bodies, 0, signal))
          const after: Delivery = {
            ...withAttempt({ position, before: delivery }, tried.attempt),
            status: tried.isDelivered ? "delivered" : status
          }
          yield* log
            .commit({ statements: writeDeliveries(webhook.id, [after]) })
            .pipe(Effect.mapError(storeUnavailable))
          return after
        })
    })
  })
)

/** Never ends. Retries while the store is unavailable. */
export const dispatchWebhooks = (logger: Logger) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const webhooks = yield* Webhooks
    const means = yield* WebhookMeans
    const couriers = yield* FiberMap.make<string, void, never>()
    const follower = yield* openFollower(log.end(), { types: webhookEvents.map(({ type }) => type) })
    const turns = new Map<string, Permits>()
    let slots: readonly string[] = []

    const start = (webhook: Webhook, which: "live" | "replay") =>
      Effect.gen(function* () {
        const { id } = webhook
        const name = `${which} ${id}`
        yield* FiberMap.remove(couriers, name)
        if (!webhook.isEnabled || (which === "replay" && webhook.replay === null)) return
        const turn = turns.get(id) ?? new Permits(1)
        turns.set(id, turn)
        const teller = tellerOf(webhook, sessionFilter(webhook, slots), means, turn)
        const { delaysMs } = means.settings
        const course = (interest: Interest): Course => ({
          webhook,
          isReplay: which === "replay",
          interest,
          teller,
          files: means.files,
          delaysMs
        })
        const work = Effect.flatMap(interestOf(webhook, teller.format), (interest) => deliver(course(interest)))
        yield* FiberMap.run(couriers, name, restarted(work, id, logger))
      })
    const reload = (id: WebhookId) =>
      Effect.gen(function* () {
        const webhook = yield* webhooks.byId(id)
        if (webhook !== undefined) {
          yield* start(webhook, "live")
          yield* start(webhook, "replay")
          return
        }
        yield* FiberMap.remove(couriers, `live ${id}`)
        yield* FiberMap.remove(couriers, `replay ${id}`)
        turns.delete(id)
      })

    const all: Webhook[] = []
    for (;;) {
      const page = yield* webhooks.list("all", all.at(-1)?.id ?? "", LIST_PAGE)
      all.push(...page)
      if (page.length < LIST_PAGE) break
    }
    slots = all.flatMap(({ slot }) => slot ?? [])
    for (const webhook of all) {
      yield* start(webhook, "live")
      yield* start(webhook, "replay")
    }
    const followed = Effect.gen(function* () {
      const { events, upTo } = yield* follower.next()
      for (const recorded of events) {
        const event = readWebhookEvent(recorded)
        if (event === undefined) continue
        const { webhookId } = event.data
        note(logger, event)
        if (event.type === "webhook.parked") continue
        if (event.type !== "webhook.replayed") yield* reload(webhookId)
        else {
          const webhook = yield* webhooks.byId(webhookId)
          if (webhook !== undefined) yield* start(webhook, "replay")
        }
      }
      follower.advance(upTo)
    })
    const woken = Effect.flatMap(Queue.take(means.woken), reload)
    yield* Effect.all([Effect.forever(followed), Effect.forever(woken)], { concurrency: "unbounded", discard: true })
  }).pipe(
    Effect.scoped,
    Effect.tapCause((cause) => Effect.sync(() => logger.error({ cause: String(cause) }, "webhooks are started again"))),
    Effect.retry({ schedule: Schedule.spaced(RESTART_MS) })
  )

const readWebhookEvent = (recorded: RecordedEvent): WebhookEvent | undefined => readEvent(recorded) as WebhookEvent

/** A courier that fails unexpectedly does not take others with it, and begins again from its checkpoint. */
const restarted = <R>(
  work: Effect.Effect<void, unknown, R>,
  webhook: WebhookId,
  logger: Logger
): Effect.Effect<void, never, R> =>
  Effect.catchCause(work, (cause) =>
    Cause.hasInterruptsOnly(cause)
      ? Effect.interrupt
      : Effect.sync(() =>
          logger.error({ webhook, cause: String(cause) }, "the delivery to a webhook failed; it begins again")
        ).pipe(
          Effect.andThen(Effect.sleep(RESTART_MS)),
          Effect.andThen(Effect.suspend(() => restarted(work, webhook, logger)))
        )
  )

/**
 * Which events an endpoint gets. The operator's endpoints in this gateway's own format get what the operator's streams get: everything.
 * Other formats know sessions, which are devices of one owner.
 */
const interestOf = ({ owner, devices, types }: Webhook, format: Format) =>
  Effect.gen(function* () {
    const store = yield* Devices
    const wanted =
      types === null || format.types === undefined
        ? (types ?? format.types)
        : types.filter((type) => (format.types as readonly string[]).includes(type))
    const found = devices === null ? undefined : yield* Effect.forEach(devices, (id) => store.byId(id))
    const isEverything = owner === OPERATOR && (!format.isOfOwner || devices !== null)
    return {
      ...(isEverything ? {} : { owner }),
      ...(found === undefined ? {} : { devices: found.flatMap((device) => device?.deviceNumber ?? []) }),
      ...(wanted === undefined ? {} : { types: wanted })
    } satisfies Interest
  })

const note = (logger: Logger, { type, data }: WebhookEvent): void => {
  const { webhookId: webhook, ...more } = data
  if (type === "webhook.parked") {
    logger.warn({ webhook, ...more }, "a webhook delivery failed at every attempt and was parked; it can be resent")
  } else if (type === "webhook.disabled") logger.warn({ webhook, ...more }, "a webhook was disabled")
  else if (type === "webhook.enabled") logger.info({ webhook }, "a webhook was enabled")
}
