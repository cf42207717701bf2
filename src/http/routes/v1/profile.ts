/** /v1/devices/:id/profile: what others see of the account. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Profile"
const id = EXAMPLE.number

export const profileRoutes: readonly Route[] = [
  operationRoute({
    id: "setAbout",
    method: "PUT",
    path: "/profile/about",
    operation: "profile.set_about",
    tag,
    examples: [{ params: { id }, body: { about: "Pedidos de 9 a 18 h" }, status: 204 }]
  })
]
