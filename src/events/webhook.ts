/**
 * Webhooks: the events of the streams `webhook/<id>`.
 *
 * They record who set an endpoint up, and what became of it. They hold neither its URL nor its secret nor its headers: bytes that
 * never change must not hold what has to be deleted with the endpoint.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { WebhookId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/** The form of a webhook's body: this gateway's own events, or those of another gateway's clients. */
export const WebhookFormat = Schema.Literals(["bitacora", "multi-session", "wwebjs"])
export type WebhookFormat = typeof WebhookFormat.Type

/** Why an endpoint gets nothing: its owner disabled it, it responded with 410, or it only failed for five days. */
export const DisabledReason = Schema.Literals(["requested", "gone", "failing"])
export type DisabledReason = typeof DisabledReason.Type

export const WebhookRegistered = defineEvent(
  "webhook.registered",
  1,
  Schema.Struct({
    webhookId: WebhookId,
    /** Null for the operator's. */
    userNumber: Schema.NullOr(Count),
    format: WebhookFormat
  }),
  "A webhook endpoint was added. It gets what is recorded from here on."
)

export const WebhookChanged = defineEvent(
  "webhook.changed",
  1,
  Schema.Struct({ webhookId: WebhookId, fields: Schema.Array(Schema.String) }),
  "Settings of an endpoint were changed. `fields` names them; `secret`: the old secret still signs for a day."
)

export const WebhookEnabled = defineEvent(
  "webhook.enabled",
  1,
  Schema.Struct({ webhookId: WebhookId }),
  "An endpoint that was disabled gets events again, beginning with what is recorded from here on."
)

export const WebhookDisabled = defineEvent(
  "webhook.disabled",
  1,
  Schema.Struct({ webhookId: WebhookId, reason: DisabledReason }),
  "An endpoint gets no more events: its owner disabled it (`requested`), it responded with 410 (`gone`), or every attempt failed for five days (`failing`)."
)

export const WebhookParked = defineEvent(
  "webhook.parked",
  1,
  Schema.Struct({ webhookId: WebhookId, position: Count, attempts: Count }),
  "All attempts to deliver the event at `position` failed. It can be resent; the endpoint continues with the next event."
)

export const WebhookReplayed = defineEvent(
  "webhook.replayed",
  1,
  Schema.Struct({
    webhookId: WebhookId,
    /** Events after this position … */
    after: Count,
    /** … up to and including this one. */
    upTo: Count,
    /** Only those that were not delivered. */
    undelivered: Schema.Boolean
  }),
  "Earlier events are sent to an endpoint again."
)

export const WebhookRemoved = defineEvent(
  "webhook.removed",
  1,
  Schema.Struct({ webhookId: WebhookId }),
  "An endpoint was removed, with its secret, its headers and its deliveries."
)

export const webhookEvents = [
  WebhookRegistered,
  WebhookChanged,
  WebhookEnabled,
  WebhookDisabled,
  WebhookParked,
  WebhookReplayed,
  WebhookRemoved
] as const

export type WebhookEvent = EventOf<(typeof webhookEvents)[number]>
