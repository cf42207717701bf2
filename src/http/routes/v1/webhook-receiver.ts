/** /v1/webhooks/:id/receiver: what the test receiver got, and what it responds with. */
import { Effect, Schema } from "effect"
import type { ReceivedRequest } from "../../../application/test-receiver.ts"
import { emptyReceiver, findReceived, setReceiver, viewReceiver } from "../../../application/webhook-receiver.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { iso } from "./models.ts"
import { WebhookParams } from "./webhooks.ts"

const tag = "Webhooks"
const access = { for: "principal", scope: "manage", allDevices: true } as const

const Answers = Schema.Literals(["200", "500", "410", "slow"]).annotate({
  description:
    "What the receiver responds with. `slow`: nothing, until the time limit for an attempt. `410` disables the webhook."
})

const summary = {
  id: Schema.String.annotate({ description: "`req_…`" }),
  at: Schema.NullOr(Schema.String).annotate({ description: "ISO 8601." }),
  webhookId: Schema.String.annotate({ description: "The header `webhook-id`: the same at every attempt." }),
  isSigned: Schema.Boolean.annotate({
    description: "Whether the header `webhook-signature` is right for these bytes and the webhook's secret."
  }),
  answer: Answers,
  bytes: Schema.Int.annotate({ description: "Of the body." })
}

const ReceivedSummary = Schema.Struct(summary).annotate({ identifier: "ReceivedSummary" })
const ReceivedModel = Schema.Struct({
  ...summary,
  headers: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      value: Schema.NullOr(Schema.String).annotate({
        description: "Null for a header that you added: its value is secret."
      })
    })
  ),
  body: Schema.String.annotate({
    description:
      "The first 65,536 bytes, as text. Empty if the event was recorded before an erasure of the last ten minutes: it may repeat what was erased."
  })
}).annotate({ identifier: "ReceivedRequest" })

const ReceiverModel = Schema.Struct({
  answer: Answers,
  requests: Schema.Array(ReceivedSummary).annotate({
    description: "The newest first: at most 50, of the last hour. An erasure of any content empties the receiver."
  })
}).annotate({ identifier: "TestReceiver" })

const summaryOf = ({ id, at, webhookId, isSigned, answer: given, bytes }: ReceivedRequest) => ({
  id,
  at: iso(at),
  webhookId,
  isSigned,
  answer: given,
  bytes
})

const params = { id: EXAMPLE.receiverWebhook }
const failures = ["WebhookNotFound", "NotTestReceiver"] as const

export const receiverRoutes: readonly Route[] = [
  route({
    id: "getTestReceiver",
    method: "GET",
    path: "/v1/webhooks/:id/receiver",
    tag,
    summary: "See what arrived at the test receiver",
    description:
      "A webhook with the url `bitacora:receiver` delivers to a receiver inside the gateway. Use it before you have a server.",
    access,
    params: WebhookParams,
    answers: { 200: json("What it responds with, and what arrived.", ReceiverModel) },
    failures,
    examples: [{ params, status: 200 }],
    handle: ({ principal, params: { id } }) =>
      Effect.map(viewReceiver(principal, id), ({ answer: given, requests }) =>
        answer(200, { answer: given, requests: requests.map(summaryOf) })
      )
  }),
  route({
    id: "getReceivedRequest",
    method: "GET",
    path: "/v1/webhooks/:id/receiver/:request",
    tag,
    summary: "Get a request that arrived",
    description: "Its headers and its body. Needs the scope `read` as well.",
    access,
    params: Schema.Struct({
      ...WebhookParams.fields,
      request: Schema.String.annotate({ description: "`req_…`" })
    }),
    answers: { 200: json("The request.", ReceivedModel) },
    failures: [...failures, "ReceivedNotFound", "ScopeExceeded"],
    examples: [{ params: { ...params, request: EXAMPLE.received }, status: 200 }],
    handle: ({ principal, params: { id, request } }) =>
      Effect.map(findReceived(principal, id, request), (found) =>
        answer(200, {
          ...summaryOf(found),
          headers: found.headers.map(([name, value]) => ({ name, value })),
          body: found.text
        })
      )
  }),
  route({
    id: "setTestReceiver",
    method: "PUT",
    path: "/v1/webhooks/:id/receiver",
    tag,
    summary: "Choose what the test receiver responds with",
    description: "Until the gateway's next start; then it is 200 again.",
    access,
    params: WebhookParams,
    body: Schema.Struct({ answer: Answers }),
    answers: { 200: json("The receiver.", ReceiverModel) },
    failures,
    examples: [{ params, body: { answer: "500" }, status: 200 }],
    handle: ({ principal, params: { id }, body }) =>
      Effect.map(setReceiver(principal, id, body.answer), ({ answer: given, requests }) =>
        answer(200, { answer: given, requests: requests.map(summaryOf) })
      )
  }),
  route({
    id: "emptyTestReceiver",
    method: "DELETE",
    path: "/v1/webhooks/:id/receiver/requests",
    tag,
    summary: "Forget what arrived at the test receiver",
    access,
    params: WebhookParams,
    answers: { 204: nothing("It has no requests now.") },
    failures,
    examples: [{ params, status: 204 }],
    handle: ({ principal, params: { id } }) => Effect.as(emptyReceiver(principal, id), answer(204))
  })
]
