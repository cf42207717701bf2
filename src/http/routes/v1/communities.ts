/** /v1/devices/:id/communities: groups of groups. */
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { operationRoute } from "./operation-route.ts"

const tag = "Communities"
const id = EXAMPLE.number
const community = EXAMPLE.community
const linked = { id, community, group: EXAMPLE.managedGroup }

export const communityRoutes: readonly Route[] = [
  operationRoute({
    id: "createCommunity",
    method: "POST",
    path: "/communities",
    operation: "community.create",
    tag,
    description: "A community is read, renamed, described and left as a group.",
    examples: [{ params: { id }, body: { subject: "Distribuidores", description: "Todos los grupos" }, status: 200 }]
  }),
  operationRoute({
    id: "listCommunityGroups",
    method: "GET",
    path: "/communities/:community/groups",
    operation: "community.groups",
    tag,
    examples: [{ params: { id, community }, status: 200 }]
  }),
  operationRoute({
    id: "linkGroup",
    method: "PUT",
    path: "/communities/:community/groups/:group",
    operation: "community.link",
    tag,
    examples: [{ params: linked, status: 204 }]
  }),
  operationRoute({
    id: "unlinkGroup",
    method: "DELETE",
    path: "/communities/:community/groups/:group",
    operation: "community.unlink",
    tag,
    examples: [{ params: linked, status: 204 }]
  })
]
