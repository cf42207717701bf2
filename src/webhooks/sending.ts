/** Single attempts that an owner asks for, and what would be sent: the implementation of WebhookSender. */
import { Effect, Layer, Queue } from "effect"
import { WebhookSender } from "../application/webhook-sender.ts"
import type { RecordedEvent } from "../events/envelope.ts"
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
import { type Teller, tellerOf } from "./teller.ts"
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
    /**
     * Makes the bodies of an event and does something with them; undefined if there is nothing left to tell. A body with a file is large,
     * so the owner's turn lasts until that is done.
     */
    const withBodies = <A>(
      webhook: Webhook,
      position: number,
      from: FileSource,
      use: (told: {
        readonly event: RecordedEvent
        readonly teller: Teller
        readonly bodies: readonly string[]
      }) => Effect.Effect<A>
    ) => {
      const teller = tellerOf(webhook, undefined, means)
      const work = Effect.gen(function* () {
        const event = yield* log.readPosition(position)
        if (event === undefined) return undefined
        const bodies = yield* teller.bodiesOf(event, new Map(), from)
        return bodies.length === 0 ? undefined : yield* use({ event, teller, bodies })
      })
      return teller.bodiesAtOnce === undefined ? means.single.run(webhook.owner, work) : work
    }
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
          const tried = yield* withBodies(webhook, position, "anywhere", ({ event, teller, bodies }) =>
            Effect.promise((signal) => teller.post(event, bodies, 0, signal))
          )
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
        Effect.map(
          withBodies(webhook, position, "folder", ({ bodies }) => Effect.succeed(bodies)),
          (bodies) => bodies ?? []
        ),
      preview: (webhook, wanted) => previewOf(webhook, wanted).pipe(Effect.provideContext(context))
    })
  })
)
