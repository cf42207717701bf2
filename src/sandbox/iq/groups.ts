/**
 * Queries about groups (xmlns w:g2, groups.js). A query that names no group goes to `@g.us`: create, list, leave, invites.
 * Every other query goes to the group itself. routing/group-operations.ts decides what a member may do and who is
 * notified.
 */
import { groupNode } from "../routing/group-stanzas.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { children, element } from "../wire/stanza.ts"
import { answerCommunity } from "./communities.ts"
import { changeGroup } from "./group-changes.ts"
import { createGroup } from "./group-creation.ts"
import type { GroupQueryParts } from "./group-query-parts.ts"
import { groupJid } from "./group-nodes.ts"
import type { IqRegistry, IqRequest } from "./registry.ts"

/** Registers the handler of w:g2. */
export function registerGroupQueries(registry: IqRegistry, parts: GroupQueryParts): void {
  registry.on("w:g2", (request) => {
    if (request.stanza.attrs["to"] === "@g.us") return answerGeneral(parts, request)
    if (answerCommunity(parts, request)) return true
    return request.isSet ? changeGroup(parts.groupOperations, request) : showGroup(parts, request)
  })
}

function answerGeneral(parts: GroupQueryParts, request: IqRequest): boolean {
  const { accounts, groups } = parts
  const { device, first, answer } = request
  switch (first.tag) {
    case "create":
      return createGroup(parts, request)
    case "participating": {
      const nodes = groups.of(device.account).map((group) => groupNode(accounts, group))
      answer([element("groups", {}, nodes)])
      return true
    }
    case "leave":
      return leave(parts, request)
    case "invite":
      return answerInvite(parts, request)
    default:
      return false
  }
}

function leave({ groupOperations }: GroupQueryParts, { device, first, answer }: IqRequest): boolean {
  const { members } = groupOperations
  const left = children(first)
  for (const { tag, attrs } of left) {
    const id = groupJid(attrs["id"])
    if (tag === "community") members.leaveCommunity(device.account, id)
    else members.leave(device.account, id)
  }
  answer([element("leave", {}, left)])
  return true
}

function answerInvite({ accounts, groupOperations }: GroupQueryParts, request: IqRequest): boolean {
  const { device, isSet, first, answer } = request
  const { invites } = groupOperations
  const { code } = first.attrs
  if (!isSet) {
    answer([groupNode(accounts, invites.byCode(code))])
    return true
  }
  const { group, pending } = invites.join(device.account, code)
  answer([element(pending ? "membership_approval_request" : "group", { jid: group.id })])
  return true
}

function showGroup(
  { accounts, groupOperations }: GroupQueryParts,
  { device, stanza, first, answer }: IqRequest
): boolean {
  const { rights, invites } = groupOperations
  const { to } = stanza.attrs
  switch (first.tag) {
    case "query":
      answer([groupNode(accounts, rights.ofMember(device.account, to))])
      return true
    case "invite":
      answer([element("invite", { code: invites.code(device.account, to, false) })])
      return true
    case "membership_approval_requests": {
      const { requests } = rights.ofAdmin(device.account, to)
      const nodes = [...requests].flatMap(([number, at]) => {
        const account = accounts.find(number)
        if (account === undefined) return []
        const attrs = { jid: lidJid(account), phone_number: pnJid(account), request_time: String(at) }
        return [element("membership_approval_request", { ...attrs, request_method: "invite_link" })]
      })
      answer([element("membership_approval_requests", {}, nodes)])
      return true
    }
    default:
      return false
  }
}
