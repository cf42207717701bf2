/** Tells events to one endpoint: makes the bodies of its format and posts them. */
import { Effect } from "effect"
import type { RecordedEvent } from "../events/envelope.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { type AttemptOutcome, Sender, type SenderMeans, webhookId } from "./attempt.ts"
import type { Format } from "./formats/format.ts"
import { formats } from "./formats/formats.ts"
import { patiently } from "./patiently.ts"
import { Permits } from "./permits.ts"
import { dataTypeOf } from "./formats/wwebjs.ts"
import type { FileSource, KnownDevices, TellingsShape } from "./telling.ts"

export interface Teller {
  readonly format: Format
  /** The bodies for the endpoint; none if it gets nothing of this event. `from`: `anywhere` by default. */
  readonly bodiesOf: (event: RecordedEvent, known: KnownDevices, from?: FileSource) => Effect.Effect<readonly string[]>
  /** The same at once; undefined for a format that needs more than the event. */
  readonly bodiesAtOnce: ((event: RecordedEvent) => readonly string[]) | undefined
  /** Posts them. `accepted`: bodies that the receiver has already. Never rejects. */
  readonly post: (
    event: RecordedEvent,
    bodies: readonly string[],
    accepted: number,
    signal: AbortSignal
  ) => Promise<AttemptOutcome>
}

/** What all endpoints share. */
export interface TellerMeans extends SenderMeans {
  readonly tellings: TellingsShape
  /** Bounds the posts in progress. */
  readonly inFlight: Permits
}

/** `turn`: allows the endpoint one attempt at a time; shared by its replay and what is new. */
export const tellerOf = (
  webhook: Webhook,
  isForSession: ((sessionId: string) => boolean) | undefined,
  means: TellerMeans,
  turn = new Permits(1)
): Teller => {
  const { tellings, settings, inFlight } = means
  const format = formats[webhook.format]
  const sender = new Sender(webhook, means)
  const hidden = webhook.slot !== null && webhook.format === "wwebjs" ? new Set(settings.disabledCallbacks) : undefined
  return {
    format,
    bodiesOf: (event, known, from) =>
      patiently(
        Effect.gen(function* () {
          const device = yield* tellings.deviceOf(event, known)
          if (isForSession !== undefined && (device === null || !isForSession(device.sessionId))) return []
          const bodies = format.bodies(yield* tellings.gather(event, format, device, from))
          return hidden === undefined ? bodies : bodies.filter((body) => !hidden.has(dataTypeOf(body)))
        })
      ),
    bodiesAtOnce: format.isOfOwner || isForSession !== undefined ? undefined : (event) => format.bodies(bare(event)),
    post: async (event, bodies, accepted, signal) => {
      // Both are free as a rule, and waiting for nothing has its cost.
      const itsTurn = turn.take()
      if (itsTurn !== undefined) await itsTurn
      const aPlace = inFlight.take()
      if (aPlace !== undefined) await aPlace
      const outcome = await sender.attempt(webhookId(event), bodies, accepted, signal)
      inFlight.give()
      turn.give()
      return outcome
    }
  }
}

const bare = (event: RecordedEvent) => ({
  event,
  read: null,
  device: null,
  file: null,
  secret: null,
  original: null,
  chat: null
})
