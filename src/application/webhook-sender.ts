/** What the use cases need of the delivery of webhooks, which stands above them (src/webhooks). */
import { Context, type Effect } from "effect"
import type { HistoryTrimmed, StoreUnavailable } from "../store/errors.ts"
import type { Attempt, Delivery } from "../store/webhook/delivery.ts"
import type { Webhook } from "../store/webhook/webhook.ts"

/** A part of the log that is to be sent again: after `after`, up to `upTo`. */
export interface WantedReplay {
  readonly after: number
  readonly upTo: number
  /** Only what was not delivered. */
  readonly undelivered: boolean
}

/** What a replay would send. */
export interface ReplayPreview {
  readonly after: number
  readonly upTo: number
  readonly events: number
  /** How many of each type. */
  readonly types: Readonly<Record<string, number>>
  /** False: the range is long, and only its beginning was counted. */
  readonly isComplete: boolean
}

export interface WebhookSenderShape {
  /** Posts a sample. If the receiver accepts it, an endpoint that waits for its next attempt tries at once. */
  readonly test: (webhook: Webhook) => Effect.Effect<Attempt, StoreUnavailable>
  /**
   * Tries a delivery once more, now. One that waits for its next attempt gets it at once, and is returned as it is. Undefined if there is
   * nothing left to tell: the event was erased or trimmed.
   */
  readonly resend: (webhook: Webhook, delivery: Delivery) => Effect.Effect<Delivery | undefined, StoreUnavailable>
  /**
   * What a delivery posts, as JSON texts; none if there is nothing left to tell. Without the file of a message that is not in the media
   * folder: nothing is downloaded for it.
   */
  readonly bodies: (webhook: Webhook, delivery: Delivery) => Effect.Effect<readonly string[], StoreUnavailable>
  /** Counts what a replay would send, up to a limit. */
  readonly preview: (
    webhook: Webhook,
    wanted: WantedReplay
  ) => Effect.Effect<ReplayPreview, HistoryTrimmed | StoreUnavailable>
}

export class WebhookSender extends Context.Service<WebhookSender, WebhookSenderShape>()(
  "bitacora/application/WebhookSender"
) {}
