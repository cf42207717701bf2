/** /v1/webhooks/:id/…: test calls, deliveries and their attempts, resending, recovering and replaying. */
import { Effect, Schema } from "effect"
import {
  listDeliveries,
  previewReplay,
  recoverWebhook,
  replayWebhook,
  resendDelivery,
  testWebhook,
  viewDelivery
} from "../../../application/webhook-deliveries.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { After, limitUpTo, NoFields, Position as PositionText, timeOf } from "./fields.ts"
import { pageOf } from "./models.ts"
import { AttemptModel, attemptModel, DeliveryModel, deliveryModel } from "./webhook-models.ts"
import { WebhookParams } from "./webhooks.ts"

const tag = "Webhooks"
const access = { for: "principal", scope: "manage", allDevices: true } as const
const PAGE_MAX = 200
const PAGE_DEFAULT = 50

const Position = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }))
const DeliveryParams = Schema.Struct({
  ...WebhookParams.fields,
  delivery: Schema.String.annotate({ description: "The event's position." })
})
const BODY_MAX = 65_536
const Started = Schema.Struct({
  after: Schema.Int.annotate({ description: "Events after this position are sent again …" }),
  upTo: Schema.Int.annotate({ description: "… up to and including this one. Nothing, if it is the same." })
})
const replayFailures = ["WebhookNotFound", "WebhookDisabledNow", "ReplayRunning"] as const

export const deliveryRoutes: readonly Route[] = [
  route({
    id: "testWebhook",
    method: "POST",
    path: "/v1/webhooks/:id/test",
    tag,
    summary: "Post a sample",
    description:
      "Posts once, signed like every delivery, and returns what came of it. A held webhook tries again if it succeeds.",
    access,
    params: WebhookParams,
    body: NoFields,
    answers: {
      200: json("The attempt.", Schema.Struct({ delivered: Schema.Boolean, ...AttemptModel.fields }))
    },
    failures: ["WebhookNotFound"],
    examples: [{ params: { id: EXAMPLE.webhook }, body: {}, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(testWebhook(principal, params.id), (attempt) => {
        const model = attemptModel(attempt)
        return answer(200, { delivered: model.statusClass === "2xx", ...model })
      })
  }),
  route({
    id: "listWebhookDeliveries",
    method: "GET",
    path: "/v1/webhooks/:id/deliveries",
    tag,
    summary: "List deliveries with their attempts",
    access,
    params: WebhookParams,
    query: Schema.Struct({
      after: After,
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT),
      status: Schema.optionalKey(Schema.Literals(["delivered", "failing", "parked"]))
    }),
    answers: { 200: json("A page of deliveries, newest event first.", pageOf(DeliveryModel)) },
    failures: ["WebhookNotFound"],
    examples: [{ params: { id: EXAMPLE.webhook }, query: { limit: "10" }, status: 200 }],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { after: before, limit = PAGE_DEFAULT, status } = query
        const { items, next } = yield* listDeliveries(principal, params.id, { before, limit, status })
        return answer(200, { items: items.map(deliveryModel), next: next === null ? null : String(next) })
      })
  }),
  route({
    id: "getWebhookDelivery",
    method: "GET",
    path: "/v1/webhooks/:id/deliveries/:delivery",
    tag,
    summary: "Get a delivery with what it posts",
    description: "Needs the scope `read` as well.",
    access,
    params: DeliveryParams,
    answers: {
      200: json(
        "The delivery.",
        Schema.Struct({
          ...DeliveryModel.fields,
          bodies: Schema.Array(Schema.String).annotate({
            description:
              "What a resend posts now, as JSON: as a rule one text, cut off after 65,536 characters. Empty if the event's content no longer exists. The file of a message is left out if the gateway would have to download it first."
          })
        }).annotate({ identifier: "WebhookDeliveryWithBody" })
      )
    },
    failures: ["WebhookNotFound", "DeliveryNotFound", "ScopeExceeded"],
    examples: [{ params: { id: EXAMPLE.webhook, delivery: EXAMPLE.delivery }, status: 200 }],
    isLong: true,
    handle: ({ principal, params }) =>
      Effect.map(viewDelivery(principal, params.id, params.delivery), ({ delivery, bodies }) =>
        answer(200, { ...deliveryModel(delivery), bodies: bodies.map((body) => body.slice(0, BODY_MAX)) })
      )
  }),
  route({
    id: "resendWebhookDelivery",
    method: "POST",
    path: "/v1/webhooks/:id/deliveries/:delivery/resend",
    tag,
    summary: "Send a delivery again",
    description:
      "Posts the event once more, now, under the same `webhook-id`. A delivery that is `failing` is retried at once.",
    access,
    params: DeliveryParams,
    body: NoFields,
    answers: { 200: json("The delivery with the new attempt.", DeliveryModel) },
    failures: ["WebhookNotFound", "DeliveryNotFound", "WebhookDisabledNow", "NothingToSend"],
    examples: [{ params: { id: EXAMPLE.webhook, delivery: EXAMPLE.delivery }, body: {}, status: 200 }],
    isLong: true,
    handle: ({ principal, params }) =>
      Effect.map(resendDelivery(principal, params.id, params.delivery), (delivery) =>
        answer(200, deliveryModel(delivery))
      )
  }),
  route({
    id: "recoverWebhook",
    method: "POST",
    path: "/v1/webhooks/:id/recover",
    tag,
    summary: "Send what was not delivered since a time",
    description:
      "For a receiver that was down, or a webhook that was disabled. Events that were delivered are left out.",
    access,
    params: WebhookParams,
    body: Schema.Struct({ since: Schema.String.annotate({ description: "ISO 8601." }) }),
    answers: { 202: json("The range that is sent again.", Started) },
    failures: [...replayFailures],
    examples: [{ params: { id: EXAMPLE.webhook }, body: { since: "2099-01-01T00:00:00Z" }, status: 202 }],
    handle: ({ principal, params, body, origin }) =>
      Effect.gen(function* () {
        const since = (yield* timeOf("since", body.since)) ?? 0
        return answer(202, yield* recoverWebhook(principal, params.id, since, origin))
      })
  }),
  route({
    id: "previewReplay",
    method: "GET",
    path: "/v1/webhooks/:id/replay",
    tag,
    summary: "Count what would be sent again",
    description: "With `since` as `recover` would send it, with `from` and `to` as `replay` would. Starts nothing.",
    access,
    params: WebhookParams,
    query: Schema.Struct({
      since: Schema.optionalKey(Schema.String.annotate({ description: "ISO 8601." })),
      from: Schema.optionalKey(PositionText.annotate({ description: "The first position. By default 1." })),
      to: Schema.optionalKey(
        PositionText.annotate({ description: "The last position. By default the end of the log." })
      )
    }),
    answers: {
      200: json(
        "What it would send.",
        Schema.Struct({
          ...Started.fields,
          events: Schema.Int.annotate({ description: "How many events match." }),
          types: Schema.Record(Schema.String, Schema.Int).annotate({ description: "How many of each type." }),
          isComplete: Schema.Boolean.annotate({
            description: "False for a long range: only the first 2,000 matching events are counted."
          })
        }).annotate({ identifier: "ReplayPreview" })
      )
    },
    failures: ["WebhookNotFound", "WebhookDisabledNow", "WebhookUnfit", "HistoryTrimmed"],
    examples: [{ params: { id: EXAMPLE.webhook }, query: { from: "1" }, status: 200 }],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { from = 1, to } = query
        const sinceMs = yield* timeOf("since", query.since)
        const wanted = sinceMs === undefined ? { from, to } : { sinceMs }
        return answer(200, yield* previewReplay(principal, params.id, wanted))
      })
  }),
  route({
    id: "replayWebhook",
    method: "POST",
    path: "/v1/webhooks/:id/replay",
    tag,
    summary: "Send a range of the log again",
    description: "Sends every matching event of the range, delivered or not, under the same `webhook-id` as before.",
    access,
    params: WebhookParams,
    body: Schema.Struct({
      from: Position.annotate({ description: "The first position." }),
      to: Schema.optionalKey(Position.annotate({ description: "The last position. By default the end of the log." }))
    }),
    answers: { 202: json("The range that is sent again.", Started) },
    failures: [...replayFailures, "WebhookUnfit", "HistoryTrimmed"],
    examples: [{ params: { id: EXAMPLE.webhook }, body: { from: 1, to: 1 }, status: 202 }],
    handle: ({ principal, params, body, origin }) =>
      Effect.map(replayWebhook(principal, params.id, { from: body.from, to: body.to }, origin), (started) =>
        answer(202, started)
      )
  })
]
