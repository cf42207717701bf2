/** /v1/devices/:id/groups: what an account does with groups. contacts.ts reads what is known of them. */
import { Effect, Schema } from "effect"
import { sendInvitations } from "../../../application/group-invitations.ts"
import { Group, PersonResult } from "../../../whatsapp/operations/fields.ts"
import { GroupInfo } from "../../../whatsapp/operations/groups.ts"
import type { Route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { type Asked, operationRoute } from "./operation-route.ts"

const tag = "Groups"
const id = EXAMPLE.number
const group = EXAMPLE.managedGroup
const params = { id, group }
const members = [EXAMPLE.contact]

const inviting = {
  invite: Schema.optionalKey(
    Schema.Boolean.annotate({
      description:
        "Send each person who may not be added the private invitation that WhatsApp makes for them. Needs the scope `send`. By default it is not sent."
    })
  )
}
const InvitedResult = Schema.Struct({
  ...PersonResult.fields,
  invited: Schema.optionalKey(
    Schema.Literal(true).annotate({ description: "The invitation was sent, or will be once the device is connected." })
  )
})

interface Invited {
  readonly group: string
  readonly subject?: string
  readonly results: readonly PersonResult[]
  readonly invite: unknown
}

/** The results, after the invitations that the client wants are sent. */
const invitedOf = ({ invite, ...asked }: Invited, { principal, device, origin, key }: Asked) =>
  Effect.gen(function* () {
    if (invite !== true) return asked.results
    const sent = yield* sendInvitations({ device, scopes: principal.scopes, origin, ...asked }, key)
    return asked.results.map((result) => (sent.has(result.person) ? { ...result, invited: true } : result))
  })

export const groupRoutes: readonly Route[] = [
  operationRoute({
    id: "createGroup",
    method: "POST",
    path: "/groups",
    operation: "group.create",
    tag,
    description:
      "`results` says what became of each member. A person who may not be added has a `code` of 403, and mostly an `invitation` that can be sent to them; `invite` sends it.",
    afterwards: {
      fields: inviting,
      output: Schema.Struct({ group: GroupInfo, results: Schema.Array(InvitedResult) }),
      run: ({ group, results }, { invite }, asked) =>
        Effect.map(invitedOf({ group: group.group, subject: group.subject, results, invite }, asked), (invited) => ({
          group,
          results: invited
        }))
    },
    examples: [
      { params: { id }, body: { subject: "Reparto", members }, status: 200 },
      {
        name: "settings",
        params: { id },
        body: { subject: "Avisos", members: [], description: "Solo avisos", announcement: true, locked: true },
        status: 200
      }
    ]
  }),
  operationRoute({
    id: "listCurrentGroups",
    method: "GET",
    path: "/groups/current",
    operation: "group.list",
    tag,
    description: "Asks WhatsApp. `GET /v1/devices/:id/groups` returns what the gateway knows, at no cost.",
    examples: [{ params: { id }, status: 200 }]
  }),
  operationRoute({
    id: "getCurrentGroup",
    method: "GET",
    path: "/groups/:group/current",
    operation: "group.get",
    tag,
    description: "Asks WhatsApp. `GET /v1/devices/:id/groups/:group` returns what the gateway knows, at no cost.",
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "renameGroup",
    method: "PUT",
    path: "/groups/:group/subject",
    operation: "group.rename",
    tag,
    examples: [{ params, body: { subject: "Pedidos 2026" }, status: 204 }]
  }),
  operationRoute({
    id: "describeGroup",
    method: "PUT",
    path: "/groups/:group/description",
    operation: "group.describe",
    tag,
    examples: [
      { params, body: { description: "Pedidos de lunes a viernes" }, status: 204 },
      { name: "delete", params, body: { description: null }, status: 204 }
    ]
  }),
  operationRoute({
    id: "changeGroupSettings",
    method: "PATCH",
    path: "/groups/:group/settings",
    operation: "group.set",
    tag,
    examples: [
      { params, body: { announcement: false, membersAdd: true, disappearingSeconds: 604_800 }, status: 204 },
      { name: "nothing", params, body: {}, status: 422 }
    ]
  }),
  operationRoute({
    id: "setGroupPicture",
    method: "PUT",
    path: "/groups/:group/picture",
    operation: "group.set_picture",
    tag,
    description: "Of a picture that is no square WhatsApp gets the middle.",
    examples: [{ params, body: { picture: EXAMPLE.picture }, status: 204 }]
  }),
  operationRoute({
    id: "getGroupPicture",
    method: "GET",
    path: "/groups/:group/picture",
    operation: "contact.picture",
    tag,
    params: { group: Group },
    query: Schema.Struct({ size: Schema.optionalKey(Schema.Literals(["full", "small"])) }),
    input: ({ group: of, ...given }) => Effect.succeed({ ...given, of: String(of) }),
    examples: [{ params, query: { size: "small" }, status: 200 }]
  }),
  operationRoute({
    id: "addMembers",
    method: "POST",
    path: "/groups/:group/members",
    operation: "group.add",
    tag,
    description: "A person who may not be added has a `code` of 403; `invite` sends them the invitation.",
    afterwards: {
      fields: inviting,
      output: Schema.Struct({ results: Schema.Array(InvitedResult) }),
      run: ({ results }, { group: to, invite }, asked) =>
        Effect.map(invitedOf({ group: String(to), results, invite }, asked), (invited) => ({ results: invited }))
    },
    examples: [
      { params, body: { members: [EXAMPLE.other] }, status: 200 },
      { name: "invite", params, body: { members: [EXAMPLE.other], invite: true }, status: 200 }
    ]
  }),
  operationRoute({
    id: "promoteMembers",
    method: "POST",
    path: "/groups/:group/members/promote",
    operation: "group.promote",
    tag,
    examples: [{ params, body: { members: [EXAMPLE.other] }, status: 200 }]
  }),
  operationRoute({
    id: "demoteMembers",
    method: "POST",
    path: "/groups/:group/members/demote",
    operation: "group.demote",
    tag,
    examples: [{ params, body: { members: [EXAMPLE.other] }, status: 200 }]
  }),
  operationRoute({
    id: "removeMembers",
    method: "POST",
    path: "/groups/:group/members/remove",
    operation: "group.remove",
    tag,
    examples: [{ params, body: { members: [EXAMPLE.other] }, status: 200 }]
  }),
  operationRoute({
    id: "getGroupInvite",
    method: "GET",
    path: "/groups/:group/invite",
    operation: "group.invite_code",
    tag,
    description: "The address of the invitation is `https://chat.whatsapp.com/` and the code.",
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "revokeGroupInvite",
    method: "POST",
    path: "/groups/:group/invite",
    operation: "group.revoke_invite",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "listJoinRequests",
    method: "GET",
    path: "/groups/:group/requests",
    operation: "group.requests",
    tag,
    examples: [{ params, status: 200 }]
  }),
  operationRoute({
    id: "approveJoinRequests",
    method: "POST",
    path: "/groups/:group/requests/approve",
    operation: "group.approve",
    tag,
    examples: [{ params, body: { members }, status: 200 }]
  }),
  operationRoute({
    id: "rejectJoinRequests",
    method: "POST",
    path: "/groups/:group/requests/reject",
    operation: "group.reject",
    tag,
    examples: [{ params, body: { members }, status: 200 }]
  }),
  operationRoute({
    id: "getInvitedGroup",
    method: "GET",
    path: "/groups/invites/:code",
    operation: "group.invite_info",
    tag,
    examples: [{ params: { id, code: EXAMPLE.inviteCode }, status: 200 }]
  }),
  operationRoute({
    id: "joinGroup",
    method: "POST",
    path: "/groups/join",
    operation: "group.join",
    tag,
    examples: [{ params: { id }, body: { code: EXAMPLE.inviteCode }, status: 200 }]
  }),
  operationRoute({
    id: "removeGroupPicture",
    method: "DELETE",
    path: "/groups/:group/picture",
    operation: "group.remove_picture",
    tag,
    examples: [{ params, status: 204 }]
  }),
  operationRoute({
    id: "leaveGroup",
    method: "DELETE",
    path: "/groups/:group",
    operation: "group.leave",
    tag,
    examples: [{ params: { id, group: EXAMPLE.group }, status: 204 }]
  })
]
