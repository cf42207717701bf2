/** /v1/devices/:id/calls: refusing calls, and links to call by. */
import { Effect, Schema } from "effect"
import { callerOf } from "../../../application/calls.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { NoFields } from "./fields.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Calls"
const id = EXAMPLE.number

export const callRoutes: readonly Route[] = [
  operationRoute({
    id: "rejectCall",
    method: "POST",
    path: "/calls/:call/reject",
    operation: "call.reject",
    tag,
    params: { call: Schema.String.annotate({ description: "The `callId` of the event `call.received`." }) },
    body: NoFields,
    input: ({ call }, { deviceNumber }) =>
      Effect.map(callerOf(deviceNumber, String(call)), (from) => ({ callId: String(call), from })),
    examples: [{ params: { id, call: EXAMPLE.call }, body: {}, status: 204 }]
  }),
  operationRoute({
    id: "createCallLink",
    method: "POST",
    path: "/calls/links",
    operation: "call.link",
    tag,
    examples: [{ params: { id }, body: { video: true }, status: 200 }]
  })
]
