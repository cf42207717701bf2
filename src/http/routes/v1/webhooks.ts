/** /v1/webhooks: endpoints that are told what happens. */
import { Effect, Schema } from "effect"
import { recentDeliveries } from "../../../application/webhook-deliveries.ts"
import {
  changeWebhook,
  createWebhook,
  findWebhook,
  listWebhooks,
  removeWebhook,
  rotateSecret,
  viewWebhook
} from "../../../application/webhooks.ts"
import { WebhookFormat } from "../../../events/webhook.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Flag, limitUpTo } from "./fields.ts"
import { pageOf } from "./models.ts"
import { ListedWebhookModel, recentModel, Secret, secretOf, WebhookModel, webhookModel } from "./webhook-models.ts"

const tag = "Webhooks"
const access = { for: "principal", scope: "manage", allDevices: true } as const
const PAGE_MAX = 200
const PAGE_DEFAULT = 100
const RECENT_PAGE_MAX = 50
/** Deliveries of each webhook. */
const RECENT_MAX = 20

export const WebhookParams = Schema.Struct({ id: Schema.String.annotate({ description: "`whk_…`" }) })

const Url = Schema.String.check(Schema.isMaxLength(2_048)).annotate({
  description:
    "`https://…` or `http://…`, or `bitacora:receiver` for the test receiver. Private addresses are refused unless the operator allows them (OUTBOUND_ALLOW)."
})
const Types = Schema.NullOr(Schema.Array(Schema.String).check(Schema.isMinLength(1), Schema.isMaxLength(100))).annotate(
  {
    description: "Event types (docs/EVENTS.md). Null, the default, for all that the format can tell."
  }
)
const DeviceList = Schema.NullOr(
  Schema.Array(Schema.String).check(Schema.isMinLength(1), Schema.isMaxLength(100))
).annotate({ description: "Ids or telephone numbers of your devices. Null, the default, for all." })
const Headers = Schema.Record(Schema.String, Schema.String).annotate({
  description:
    "Headers that each delivery carries, such as `authorization`. At most 20; their values are not shown again."
})
const settings = {
  format: Schema.optionalKey(
    WebhookFormat.annotate({ description: "The body's form (docs/WEBHOOKS.md). By default `bitacora`." })
  ),
  devices: Schema.optionalKey(DeviceList),
  types: Schema.optionalKey(Types),
  headers: Schema.optionalKey(Headers)
}

const unfit = ["WebhookUnfit", "DeviceNotFound", "ScopeExceeded"] as const

export const webhookRoutes: readonly Route[] = [
  route({
    id: "listWebhooks",
    method: "GET",
    path: "/v1/webhooks",
    tag,
    summary: "List your webhooks",
    description: "The operator gets those of all users too.",
    access,
    query: Schema.Struct({
      after: Schema.optionalKey(Schema.String.annotate({ description: "The `next` of the previous page." })),
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT),
      recent: Flag("With how the latest deliveries of each ended. A page has at most 50 webhooks then.")
    }),
    answers: { 200: json("A page of webhooks, oldest first.", pageOf(ListedWebhookModel)) },
    examples: [{ status: 200 }],
    handle: ({ principal, query }) =>
      Effect.gen(function* () {
        const { after = "", recent = false } = query
        const limit = Math.min(query.limit ?? PAGE_DEFAULT, recent ? RECENT_PAGE_MAX : PAGE_MAX)
        const { items, next } = yield* listWebhooks(principal, { after, limit })
        const listed = yield* Effect.forEach(items, (webhook) =>
          recent
            ? Effect.map(recentDeliveries(webhook, RECENT_MAX), (deliveries) => ({
                ...webhookModel(webhook),
                recent: recentModel(deliveries)
              }))
            : Effect.succeed({ ...webhookModel(webhook), recent: null })
        )
        return answer(200, { items: listed, next })
      })
  }),
  route({
    id: "createWebhook",
    method: "POST",
    path: "/v1/webhooks",
    tag,
    summary: "Add a webhook",
    description:
      "Every matching event that is recorded from here on is posted to the URL, in order, until the receiver accepts it or the attempts end. Needs the scope `read` as well.",
    access,
    body: Schema.Struct({ url: Url, ...settings }),
    answers: {
      201: json("The webhook with its secret.", Schema.Struct({ ...WebhookModel.fields, secret: Secret }))
    },
    failures: [...unfit, "TooManyWebhooks", "WebhookNotFound"],
    examples: [{ body: { url: "https://example.com/hook", types: ["message.received"] }, status: 201 }],
    handle: ({ principal, body, origin, key }) =>
      Effect.gen(function* () {
        const { url, format = "bitacora", devices = null, types = null, headers = {} } = body
        const webhook = yield* createWebhook(principal, { url, format, devices, types, headers }, origin, key)
        return answer(201, { ...webhookModel(yield* viewWebhook(webhook)), secret: secretOf(webhook) })
      })
  }),
  route({
    id: "getWebhook",
    method: "GET",
    path: "/v1/webhooks/:id",
    tag,
    summary: "Get a webhook",
    access,
    params: WebhookParams,
    answers: { 200: json("The webhook without its secret.", WebhookModel) },
    failures: ["WebhookNotFound"],
    examples: [{ params: { id: EXAMPLE.webhook }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.gen(function* () {
        return answer(200, webhookModel(yield* viewWebhook(yield* findWebhook(principal, params.id))))
      })
  }),
  route({
    id: "changeWebhook",
    method: "PATCH",
    path: "/v1/webhooks/:id",
    tag,
    summary: "Change, enable or disable a webhook",
    description:
      "Changes what you send. A webhook that is enabled again begins with what is recorded from here on; `recover` sends what it missed.",
    access,
    params: WebhookParams,
    body: Schema.Struct({ url: Schema.optionalKey(Url), ...settings, enabled: Schema.optionalKey(Schema.Boolean) }),
    answers: { 200: json("The webhook as it is now.", WebhookModel) },
    failures: [...unfit, "WebhookNotFound", "WebhookOfSettings"],
    examples: [{ params: { id: EXAMPLE.webhook }, body: { types: null }, status: 200 }],
    handle: ({ principal, params, body, origin }) =>
      Effect.gen(function* () {
        const webhook = yield* changeWebhook(principal, params.id, body, origin)
        return answer(200, webhookModel(yield* viewWebhook(webhook)))
      })
  }),
  route({
    id: "removeWebhook",
    method: "DELETE",
    path: "/v1/webhooks/:id",
    tag,
    summary: "Remove a webhook",
    access,
    params: WebhookParams,
    answers: { 204: nothing("It gets nothing more. Its deliveries are deleted.") },
    failures: ["WebhookNotFound", "WebhookOfSettings"],
    examples: [{ params: { id: EXAMPLE.webhook }, status: 204 }],
    handle: ({ principal, params, origin }) => Effect.as(removeWebhook(principal, params.id, origin), answer(204))
  }),
  route({
    id: "rotateWebhookSecret",
    method: "POST",
    path: "/v1/webhooks/:id/secret",
    tag,
    summary: "Replace the secret",
    description: "For a day, every delivery carries two signatures: one with the new secret, one with the old one.",
    access,
    params: WebhookParams,
    body: Schema.Struct({
      secret: Schema.optionalKey(
        Schema.String.check(Schema.isMaxLength(100)).annotate({
          description: "`whsec_` and 24 to 64 bytes in base64. By default the gateway makes one."
        })
      )
    }),
    answers: { 200: json("The new secret.", Schema.Struct({ secret: Secret })) },
    failures: ["WebhookUnfit", "WebhookNotFound", "ScopeExceeded"],
    examples: [{ params: { id: EXAMPLE.webhook }, body: {}, status: 200 }],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.map(rotateSecret(principal, params.id, body.secret, origin, key), (webhook) =>
        answer(200, { secret: secretOf(webhook) })
      )
  })
]
