/** Tells events to one endpoint: makes the bodies of its format and posts them. */
import { Effect, type Semaphore } from "effect"
import type { RecordedEvent } from "../events/envelope.ts"
import type { OutboundShape } from "../outbound/outbound.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Webhook } from "../store/webhook/webhooks.ts"
import { type AttemptOutcome, Sender, webhookId } from "./attempt.ts"
import type { Format, ToldDevice } from "./formats/format.ts"
import { formats } from "./formats/formats.ts"
import { dataTypeOf } from "./formats/wwebjs.ts"
import type { WebhookSettings } from "./settings.ts"
import type { KnownDevices, TellingsShape } from "./telling.ts"

export interface Teller {
  readonly format: Format
  /** Undefined if the endpoint gets nothing of this event. `accepted`: bodies that the receiver has already. */
  readonly tell: (
    event: RecordedEvent,
    known: KnownDevices,
    accepted: number
  ) => Effect.Effect<AttemptOutcome | undefined, StoreUnavailable>
}

/** What all endpoints share. */
export interface TellerMeans {
  readonly tellings: TellingsShape
  readonly outbound: OutboundShape
  readonly settings: WebhookSettings
  /** Bounds the posts in progress. */
  readonly inFlight: Semaphore.Semaphore
  /** Bounds the files in memory. */
  readonly files: Semaphore.Semaphore
}

export const tellerOf = (
  webhook: Webhook,
  isForSession: ((sessionId: string) => boolean) | undefined,
  { tellings, outbound, settings, inFlight, files }: TellerMeans
): Teller => {
  const format = formats[webhook.format]
  const sender = new Sender(webhook, outbound, settings)
  const hidden = webhook.slot !== null && webhook.format === "wwebjs" ? new Set(settings.disabledCallbacks) : undefined
  const bodiesOf = (event: RecordedEvent, device: ToldDevice | null) =>
    Effect.map(tellings.gather(event, format, device), (telling) => {
      const bodies = format.bodies(telling)
      return hidden === undefined ? bodies : bodies.filter((body) => !hidden.has(dataTypeOf(body)))
    })
  const post = (event: RecordedEvent, bodies: readonly string[], accepted: number) =>
    bodies.length === 0
      ? Effect.undefined
      : inFlight.withPermits(1)(
          Effect.promise((signal) => sender.attempt((nth) => webhookId(event, nth), bodies, accepted, signal))
        )
  return {
    format,
    tell: (event, known, accepted) => {
      if (!format.isOfOwner && isForSession === undefined) return post(event, [...format.bodies(bare(event))], accepted)
      return Effect.gen(function* () {
        const device = yield* tellings.deviceOf(event, known)
        if (isForSession !== undefined && (device === null || !isForSession(device.sessionId))) return undefined
        const told = Effect.flatMap(bodiesOf(event, device), (bodies) => post(event, bodies, accepted))
        return yield* event.type === "message.received" ? files.withPermits(1)(told) : told
      })
    }
  }
}

const bare = (event: RecordedEvent) => ({ event, read: null, device: null, file: null, secret: null, original: null })
