/** What the use cases need of the delivery of webhooks, which stands above them (src/webhooks). */
import { Context, type Effect } from "effect"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Attempt, Delivery } from "../store/webhook/delivery.ts"
import type { Webhook } from "../store/webhook/webhook.ts"

export interface WebhookSenderShape {
  /** Posts a sample. If the receiver accepts it, an endpoint that waits for its next attempt tries at once. */
  readonly test: (webhook: Webhook) => Effect.Effect<Attempt, StoreUnavailable>
  /**
   * Tries a delivery once more, now. One that waits for its next attempt gets it at once, and is returned as it is. Undefined if there is
   * nothing left to tell: the event was erased or trimmed.
   */
  readonly resend: (webhook: Webhook, delivery: Delivery) => Effect.Effect<Delivery | undefined, StoreUnavailable>
}

export class WebhookSender extends Context.Service<WebhookSender, WebhookSenderShape>()(
  "bitacora/application/WebhookSender"
) {}
