/** Single attempts that an owner asks for, and what would be sent: the implementation of WebhookSender. */
import { Effect, Layer, Queue } from "effect"
import { WebhookSender } from "../application/webhook-sender.ts"
import type { WebhookId } from "../events/ids.ts"
import type { Devices } from "../store/devices.ts"
import { storeUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { type Deliveries, retryNow, writeDeliveries } from "../store/webhook/deliveries.ts"
import type { Delivery } from "../store/webhook/delivery.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { Sender } from "./attempt.ts"
import { formats } from "./formats/formats.ts"
import { WebhookMeans } from "./means.ts"
import { previewOf } from "./preview.ts"
import { tellerOf } from "./teller.ts"
import type { FileSource } from "./telling.ts"
import { withAttempt } from "./verdict.ts"

export const webhookSenderLayer = Layer.effect(
  WebhookSender,
  Effect.gen(function* () {
    const means = yield* WebhookMeans
    const log = yield* EventLog
    const context = yield* Effect.context<EventLog | Devices | Deliveries>()
    const wake = (id: WebhookId) =>
      Effect.gen(function* () {
        yield* log.commit({ statements: [retryNow(id, Date.now())] }).pipe(Effect.mapError(storeUnavailable))
        yield* Queue.offer(means.woken, id)
      })
    /** Undefined if there is nothing left to tell. */
    const told = (webhook: Webhook, position: number, from: FileSource) =>
      Effect.gen(function* () {
        const event = yield* log.readPosition(position)
        if (event === undefined) return undefined
        const teller = tellerOf(webhook, undefined, means)
        const bodies = yield* teller.bodiesOf(event, new Map(), from)
        return bodies.length === 0 ? undefined : { event, teller, bodies }
      })
    /** A body with a file is large, so a turn lasts until it was posted. */
    const inTurn = <A, E, R>(webhook: Webhook, work: Effect.Effect<A, E, R>) =>
      tellerOf(webhook, undefined, means).bodiesAtOnce === undefined ? means.single.run(webhook.owner, work) : work
    /** Undefined if there is nothing left to tell. */
    const tryOnce = (webhook: Webhook, position: number) =>
      Effect.gen(function* () {
        const found = yield* told(webhook, position, "anywhere")
        if (found === undefined) return undefined
        const { event, teller, bodies } = found
        return yield* Effect.promise((signal) => teller.post(event, bodies, 0, signal))
      })
    return WebhookSender.of({
      test: (webhook) =>
        Effect.gen(function* () {
          const sender = new Sender(webhook, means)
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
          const tried = yield* inTurn(webhook, tryOnce(webhook, position))
          if (tried === undefined) return undefined
          const after: Delivery = {
            ...withAttempt({ position, before: delivery }, tried.attempt),
            status: tried.isDelivered ? "delivered" : status
          }
          yield* log
            .commit({ statements: writeDeliveries(webhook.id, [after]) })
            .pipe(Effect.mapError(storeUnavailable))
          return after
        }),
      bodies: (webhook, { position }) =>
        inTurn(
          webhook,
          Effect.map(told(webhook, position, "folder"), (found) => found?.bodies ?? [])
        ),
      preview: (webhook, wanted) => previewOf(webhook, wanted).pipe(Effect.provideContext(context))
    })
  })
)
