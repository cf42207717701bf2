/** /v1/devices/:id/privacy: who may see what of the account. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Profile"
const id = EXAMPLE.number

export const privacyRoutes: readonly Route[] = [
  operationRoute({
    id: "getPrivacy",
    method: "GET",
    path: "/privacy",
    operation: "privacy.get",
    tag,
    examples: [{ params: { id }, status: 200 }]
  }),
  operationRoute({
    id: "setDisappearing",
    method: "PUT",
    path: "/privacy/disappearing",
    operation: "privacy.disappear",
    tag,
    examples: [{ params: { id }, body: { seconds: 86_400 }, status: 204 }]
  }),
  operationRoute({
    id: "setPrivacy",
    method: "PUT",
    path: "/privacy/:setting",
    operation: "privacy.set",
    tag,
    description: "WhatsApp does not take each value for each setting; it then refuses with 400.",
    examples: [
      { params: { id, setting: "lastSeen" }, body: { value: "contacts" }, status: 204 },
      { name: "refused", params: { id, setting: "online" }, body: { value: "known" }, status: 422 }
    ]
  })
]
