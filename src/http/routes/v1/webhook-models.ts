/** The form of webhooks, deliveries and attempts in /v1. */
import { Schema } from "effect"
import type { WebhookView } from "../../../application/webhooks.ts"
import { DisabledReason, WebhookFormat } from "../../../events/webhook.ts"
import type { Attempt, Delivery, ListedDelivery } from "../../../store/webhook/delivery.ts"
import type { Webhook } from "../../../store/webhook/webhook.ts"
import { iso } from "./models.ts"

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Time = Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." })

export const WebhookModel = Schema.Struct({
  id: described(Schema.String, "`whk_…`"),
  owner: described(Schema.NullOr(Schema.Int), "The user's number in events; null for the operator's."),
  url: Schema.String,
  format: WebhookFormat,
  devices: described(Schema.NullOr(Schema.Array(Schema.String)), "Null for all devices of its owner."),
  types: described(Schema.NullOr(Schema.Array(Schema.String)), "Null for all that the format can tell."),
  headers: described(Schema.Array(Schema.String), "The names of the headers that it adds. Their values are not shown."),
  setting: described(Schema.NullOr(Schema.String), "The operator's setting that makes this webhook."),
  enabled: Schema.Boolean,
  disabledReason: described(
    Schema.NullOr(DisabledReason),
    "`requested`; `gone`: it responded with 410; `failing`: every attempt failed for five days."
  ),
  disabledAt: Time,
  failingSince: described(Time, "The first of its latest failures. Null after a success."),
  position: described(Schema.NullOr(Schema.Int), "It is done with the events up to here. Null while it is disabled."),
  replayTo: described(Schema.NullOr(Schema.Int), "The last position of the replay in progress."),
  createdAt: Time
}).annotate({ identifier: "Webhook" })

export const webhookModel = (webhook: WebhookView): typeof WebhookModel.Encoded => ({
  id: webhook.id,
  owner: webhook.owner === 0 ? null : webhook.owner,
  url: webhook.url,
  format: webhook.format,
  devices: webhook.devices,
  types: webhook.types,
  headers: Object.keys(webhook.headers),
  setting: webhook.isTrusted ? webhook.slot : null,
  enabled: webhook.isEnabled,
  disabledReason: webhook.disabledReason,
  disabledAt: iso(webhook.disabledAt),
  failingSince: iso(webhook.failingSince),
  position: webhook.position,
  replayTo: webhook.replay?.upTo ?? null,
  createdAt: iso(webhook.createdAt)
})

export const Secret = described(
  Schema.String,
  "The secret (`whsec_…`) that verifies the signatures. It is shown only in this response."
)

export const secretOf = ({ secrets }: Webhook): string => secrets[0]?.text ?? ""

export const AttemptModel = Schema.Struct({
  at: Time,
  status: described(Schema.NullOr(Schema.Int), "The status of the answer; null if there was no complete answer."),
  statusClass: described(
    Schema.Literals(["2xx", "3xx", "4xx", "5xx", "none"]),
    "Only 2xx is a success: redirects are not followed."
  ),
  durationMs: Schema.Int,
  answer: described(
    Schema.NullOr(Schema.String),
    "The first characters of the answer, or why there was none. Null if it was empty, and after an erasure of the event."
  )
}).annotate({ identifier: "WebhookAttempt" })

export const attemptModel = ({ at, status, durationMs, answer }: Attempt): typeof AttemptModel.Encoded => ({
  at: iso(at),
  status: status === 0 ? null : status,
  statusClass: classOf(status),
  durationMs,
  answer: answer === "" ? null : answer
})

const classOf = (status: number): (typeof AttemptModel.Encoded)["statusClass"] => {
  if (status < 200) return "none"
  return (["2xx", "3xx", "4xx", "5xx"] as const)[Math.floor(status / 100) - 2] ?? "5xx"
}

export const DeliveryModel = Schema.Struct({
  id: described(Schema.String, "The event's position in the log."),
  position: Schema.Int,
  type: described(Schema.NullOr(Schema.String), "The event's type. Null if the event was trimmed."),
  device: Schema.NullOr(Schema.Int),
  recordedAt: Time,
  status: described(
    Schema.Literals(["delivered", "failing", "parked"]),
    "`failing`: it is tried again at `nextAttemptAt`. `parked`: every attempt failed; resend it."
  ),
  attempts: described(Schema.Int, "How often it was tried."),
  nextAttemptAt: Time,
  history: described(Schema.Array(AttemptModel), "The latest attempts, oldest first.")
}).annotate({ identifier: "WebhookDelivery" })

export const deliveryModel = (delivery: ListedDelivery): typeof DeliveryModel.Encoded => ({
  id: String(delivery.position),
  position: delivery.position,
  type: delivery.type,
  device: delivery.device,
  recordedAt: iso(delivery.recordedAt),
  status: delivery.status satisfies Delivery["status"],
  attempts: delivery.attempts,
  nextAttemptAt: iso(delivery.nextAt),
  history: delivery.history.map(attemptModel)
})

const RecentDelivery = Schema.Struct({
  id: described(Schema.String, "The event's position in the log."),
  status: DeliveryModel.fields.status,
  lastAttempt: described(Schema.NullOr(AttemptModel), "Null if it is not known any more.")
})

/** A webhook in a list. */
export const ListedWebhookModel = Schema.Struct({
  ...WebhookModel.fields,
  recent: described(
    Schema.NullOr(Schema.Array(RecentDelivery)),
    "Its latest deliveries, at most 20, newest event first. Null unless `recent=true`."
  )
}).annotate({ identifier: "ListedWebhook" })

export const recentModel = (deliveries: readonly ListedDelivery[]): typeof ListedWebhookModel.Encoded.recent =>
  deliveries.map(({ position, status, history }) => {
    const last = history.at(-1)
    return { id: String(position), status, lastAttempt: last === undefined ? null : attemptModel(last) }
  })
