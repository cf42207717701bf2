/** The webhook of this dialect: one URL that is told of every message that a session receives. */
import { Effect, Schema } from "effect"
import { globalWebhook, removeGlobalWebhook, setGlobalWebhook } from "../../../application/webhooks.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { Text } from "../whatsapp25/fields.ts"
import { unfit } from "./answers.ts"

const tag = "Multi-Session"
const path = "/webhook/config"
const access = { for: "operator", scope: "manage", allDevices: true } as const

const Configured = Schema.Struct({ success: Schema.Boolean, webhookUrl: Schema.NullOr(Schema.String) })

export const webhookRoutes: readonly Route[] = [
  route({
    id: "setSessionWebhook",
    method: "POST",
    path,
    tag,
    summary: "Set the URL that received messages are posted to",
    description:
      "Replaces the one that was set before, and needs the scope `read` as well. Private addresses are refused unless the operator allows them (OUTBOUND_ALLOW). While the setting WEBHOOK_URL is set, each start sets it again.",
    access,
    body: Schema.Struct({ webhookUrl: Text }),
    answers: { 200: json("The URL is set.", Configured) },
    failures: ["ScopeExceeded", "Refusal"],
    examples: [{ body: { webhookUrl: "https://example.com/webhook" }, status: 200 }],
    handle: ({ principal, body: { webhookUrl }, origin }) =>
      setGlobalWebhook(principal, webhookUrl, origin).pipe(
        Effect.catchTag("WebhookUnfit", ({ reason }) => Effect.fail(unfit(`webhookUrl ${reason}`))),
        Effect.as(answer(200, { success: true, webhookUrl }))
      )
  }),
  route({
    id: "sessionWebhook",
    method: "GET",
    path,
    tag,
    summary: "Get the URL that received messages are posted to",
    access,
    answers: { 200: json("The URL; null if none is set.", Configured) },
    examples: [{ status: 200 }],
    handle: () =>
      Effect.map(globalWebhook, (webhook) => answer(200, { success: true, webhookUrl: webhook?.url ?? null }))
  }),
  route({
    id: "removeSessionWebhook",
    method: "DELETE",
    path,
    tag,
    summary: "Remove that URL",
    access,
    answers: { 200: json("None is set.", Schema.Struct({ success: Schema.Boolean })) },
    examples: [{ status: 200 }],
    handle: ({ origin }) => Effect.as(removeGlobalWebhook(origin), answer(200, { success: true }))
  })
]
