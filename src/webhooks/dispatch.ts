/**
 * Runs a courier for every enabled endpoint, and another one for its replay. Follows the events of `webhook/<id>`: every change of an
 * endpoint is recorded there, and the couriers change with it. Keeps HOOK-4 and HOOK-5.
 */
import { Cause, Effect, FiberMap, Queue, Schedule } from "effect"
import type { Logger } from "pino"
import { readEvent } from "../events/catalog.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import type { WebhookId } from "../events/ids.ts"
import { type WebhookEvent, webhookEvents } from "../events/webhook.ts"
import { Devices, OPERATOR } from "../store/devices.ts"
import { EventLog } from "../store/log/event-log.ts"
import { type Interest, openFollower } from "../store/subscriptions/follower.ts"
import { Webhooks } from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { sessionFilter } from "./environment.ts"
import { type Course, deliver } from "./courier.ts"
import { interestOf } from "./interest.ts"
import { WebhookMeans } from "./means.ts"
import { Permits } from "./permits.ts"
import { tellerOf } from "./teller.ts"

const RESTART_MS = 5_000
const LIST_PAGE = 200
/** What the test receiver keeps may repeat what was erased. */
const ERASURES: readonly string[] = ["content.erased", "payloads.expired", "log.trimmed"]

/** Never ends. Retries while the store is unavailable. */
export const dispatchWebhooks = (logger: Logger) => {
  let isFirstTime = true
  return Effect.gen(function* () {
    const log = yield* EventLog
    const webhooks = yield* Webhooks
    const devices = yield* Devices
    const means = yield* WebhookMeans
    const couriers = yield* FiberMap.make<string, void, never>()
    const follower = yield* openFollower(log.end(), { types: [...webhookEvents.map(({ type }) => type), ...ERASURES] })
    // What was erased while nothing was followed is not known. At first nothing can be on its way.
    means.receiver.emptyAll(isFirstTime ? 0 : log.end())
    isFirstTime = false
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

    /** The operator's endpoints get the events of all owners. */
    const forgetErased = ({ device: number, position }: RecordedEvent) =>
      Effect.gen(function* () {
        const device = number === null ? undefined : yield* devices.byDeviceNumber(number)
        if (device === undefined) return means.receiver.emptyAll(position)
        means.receiver.emptyOf(device.owner, position)
        return means.receiver.emptyOf(OPERATOR, position)
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
        if (ERASURES.includes(recorded.type)) {
          yield* forgetErased(recorded)
          continue
        }
        const event = readWebhookEvent(recorded)
        if (event === undefined) continue
        const { webhookId } = event.data
        note(logger, event)
        if (event.type === "webhook.removed") means.receiver.remove(webhookId)
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
}

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

const note = (logger: Logger, { type, data }: WebhookEvent): void => {
  const { webhookId: webhook, ...more } = data
  if (type === "webhook.parked") {
    logger.warn({ webhook, ...more }, "a webhook delivery failed at every attempt and was parked; it can be resent")
  } else if (type === "webhook.disabled") logger.warn({ webhook, ...more }, "a webhook was disabled")
  else if (type === "webhook.enabled") logger.info({ webhook }, "a webhook was enabled")
}
