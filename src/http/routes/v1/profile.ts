/** /v1/devices/:id/profile: what others see of the account. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Profile"
const id = EXAMPLE.number

export const profileRoutes: readonly Route[] = [
  operationRoute({
    id: "setName",
    method: "PUT",
    path: "/profile/name",
    operation: "profile.set_name",
    tag,
    examples: [{ params: { id }, body: { name: "Distribuidora Norte" }, status: 204 }]
  }),
  operationRoute({
    id: "setAbout",
    method: "PUT",
    path: "/profile/about",
    operation: "profile.set_about",
    tag,
    examples: [{ params: { id }, body: { about: "Pedidos de 9 a 18 h" }, status: 204 }]
  }),
  operationRoute({
    id: "setPicture",
    method: "PUT",
    path: "/profile/picture",
    operation: "profile.set_picture",
    tag,
    description: "Of a picture that is no square WhatsApp gets the middle.",
    examples: [
      { params: { id }, body: { picture: EXAMPLE.picture }, status: 204 },
      { name: "no picture", params: { id }, body: { picture: "bm8gcGljdHVyZQ" }, status: 422 }
    ]
  }),
  operationRoute({
    id: "removePicture",
    method: "DELETE",
    path: "/profile/picture",
    operation: "profile.remove_picture",
    tag,
    examples: [{ params: { id }, status: 204 }]
  })
]
