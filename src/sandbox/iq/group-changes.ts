/** Queries that change a group (groups.js). They go to the group. */
import type { GroupMembers, MemberAction, MemberResult } from "../routing/group-members.ts"
import type { GroupOperations } from "../routing/group-operations.ts"
import type { GroupSettings } from "../routing/group-settings.ts"
import { child, children, element, serverStanzaId, textOf } from "../wire/stanza.ts"
import { participantsIn, resultNode } from "./group-nodes.ts"
import type { IqRequest } from "./registry.ts"

const MEMBER_ACTIONS = ["add", "remove", "promote", "demote"] as const satisfies readonly MemberAction[]
const FLAGS = new Set(["announcement", "not_announcement", "locked", "unlocked"])

/** Answers a query that changes a group. Returns false when it is none. */
export function changeGroup(operations: GroupOperations, request: IqRequest): boolean {
  const { device, stanza, first, answer } = request
  const action = MEMBER_ACTIONS.find((known) => known === first.tag)
  if (action !== undefined) {
    const results = changeMembers(operations.members, request, action)
    answer([
      element(
        action,
        {},
        results.map((result) => resultNode(result))
      )
    ])
    return true
  }
  if (FLAGS.has(first.tag)) operations.settings.setFlag(device.account, stanza.attrs["to"], first.tag)
  else if (!changeSetting(operations.settings, request)) return changeInvites(operations, request)
  answer()
  return true
}

function changeMembers(
  members: GroupMembers,
  { device, stanza, first }: IqRequest,
  action: MemberAction
): MemberResult[] {
  const jids = participantsIn(first)
  const { to } = stanza.attrs
  return action === "remove" && first.attrs["linked_groups"] === "true"
    ? members.removeEverywhere(device.account, to, jids)
    : members.change(device.account, to, action, jids)
}

function changeSetting(settings: GroupSettings, { device, stanza, first }: IqRequest): boolean {
  const { account } = device
  const { to } = stanza.attrs
  switch (first.tag) {
    case "subject":
      settings.setSubject(account, to, textOf(first))
      return true
    case "description": {
      const { id = serverStanzaId(), prev: previous } = first.attrs
      const body = first.attrs["delete"] === "true" ? undefined : textOf(child(first, "body"))
      settings.setDescription(account, to, { id, body, previous })
      return true
    }
    case "ephemeral":
      settings.setEphemeral(account, to, Number(first.attrs["expiration"]))
      return true
    case "not_ephemeral":
      settings.setEphemeral(account, to, 0)
      return true
    case "membership_approval_mode": {
      // communities.js names the child `community_join`.
      const [mode] = children(first)
      settings.setJoinApproval(account, to, mode?.attrs["state"] === "on")
      return true
    }
    case "member_add_mode":
      settings.setMemberAddMode(account, to, textOf(first))
      return true
    default:
      return false
  }
}

function changeInvites({ invites }: GroupOperations, { device, stanza, first, answer }: IqRequest): boolean {
  const { account } = device
  const { to } = stanza.attrs
  switch (first.tag) {
    case "invite":
      answer([element("invite", { code: invites.code(account, to, true) })])
      return true
    case "accept":
      invites.accept(account, to, first.attrs["code"])
      answer()
      return true
    case "revoke": {
      const results = invites.withdraw(account, to, participantsIn(first))
      answer([
        element(
          "revoke",
          {},
          results.map((result) => resultNode(result))
        )
      ])
      return true
    }
    case "membership_requests_action": {
      const [decision] = children(first)
      const tag = decision?.tag ?? "approve"
      const results = invites.decide(account, to, tag === "approve", participantsIn(decision))
      const nodes = results.map((result) => resultNode(result))
      answer([element("membership_requests_action", {}, [element(tag, {}, nodes)])])
      return true
    }
    default:
      return false
  }
}
