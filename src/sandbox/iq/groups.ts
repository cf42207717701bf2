/**
 * Queries about groups (xmlns w:g2, groups.js). A query that names no group goes to `@g.us`: create, list, leave, invites.
 * Every other query goes to the group itself. routing/group-operations.ts decides what a member may do and who is
 * notified.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import {
  type GroupOperations,
  GroupRefusal,
  type MemberAction,
  type MemberResult
} from "../routing/group-operations.ts"
import { groupNode, participantNode } from "../routing/group-stanzas.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Groups } from "../state/groups.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { child, children, element, serverStanzaId, textOf } from "../wire/stanza.ts"
import { IqRefusal } from "../request-errors.ts"
import { type IqRegistry, type IqRequest } from "./registry.ts"

/** What queries about groups need. */
export interface GroupQueryParts {
  readonly accounts: Accounts
  readonly groups: Groups
  readonly groupOperations: GroupOperations
}

const MEMBER_ACTIONS = ["add", "remove", "promote", "demote"] as const satisfies readonly MemberAction[]
const FLAGS = new Set(["announcement", "not_announcement", "locked", "unlocked"])

/** Registers the handler of w:g2. */
export function registerGroupQueries(registry: IqRegistry, parts: GroupQueryParts): void {
  registry.on("w:g2", (request) => {
    try {
      if (request.stanza.attrs["to"] === "@g.us") return answerGeneral(parts, request)
      return request.isSet ? changeGroup(parts, request) : showGroup(parts, request)
    } catch (error) {
      throw error instanceof GroupRefusal ? new IqRefusal(error.code, error.message) : error
    }
  })
}

function answerGeneral(
  { accounts, groups, groupOperations }: GroupQueryParts,
  { device, isSet, first, answer }: IqRequest
): boolean {
  const { account } = device
  switch (first.tag) {
    case "create": {
      const { subject = "", key } = first.attrs
      answer([groupNode(accounts, groupOperations.create(account, subject, participantsIn(first), key))])
      return true
    }
    case "participating":
      answer([
        element(
          "groups",
          {},
          groups.of(account).map((group) => groupNode(accounts, group))
        )
      ])
      return true
    case "leave":
      for (const { attrs } of children(first, "group")) groupOperations.leave(account, withServer(attrs["id"]))
      answer([element("leave", {}, [])])
      return true
    case "invite": {
      if (!isSet) {
        answer([groupNode(accounts, groupOperations.byInvite(first.attrs["code"]))])
        return true
      }
      const { group, pending } = groupOperations.join(account, first.attrs["code"])
      answer([element(pending ? "membership_approval_request" : "group", { jid: group.id })])
      return true
    }
    default:
      return false
  }
}

function showGroup(
  { accounts, groupOperations }: GroupQueryParts,
  { device, stanza, first, answer }: IqRequest
): boolean {
  const { to } = stanza.attrs
  switch (first.tag) {
    case "query":
      answer([groupNode(accounts, groupOperations.forMember(device.account, to))])
      return true
    case "invite":
      answer([element("invite", { code: groupOperations.inviteCode(device.account, to, false) })])
      return true
    case "membership_approval_requests": {
      const { requests } = groupOperations.forAdmin(device.account, to)
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

function changeGroup(parts: GroupQueryParts, request: IqRequest): boolean {
  const { groupOperations } = parts
  const { device, stanza, first, answer } = request
  const { account } = device
  const { to } = stanza.attrs
  const action = MEMBER_ACTIONS.find((known) => known === first.tag)
  if (action !== undefined) {
    const results = groupOperations.changeMembers(account, to, action, participantsIn(first))
    answer([
      element(
        action,
        {},
        results.map((result) => resultNode(result))
      )
    ])
    return true
  }
  if (FLAGS.has(first.tag)) {
    groupOperations.setFlag(account, to, first.tag)
    answer()
    return true
  }
  switch (first.tag) {
    case "subject":
      groupOperations.setSubject(account, to, textOf(first))
      break
    case "description": {
      const body = first.attrs["delete"] === "true" ? undefined : textOf(child(first, "body"))
      groupOperations.setDescription(account, to, first.attrs["id"] ?? serverStanzaId(), body)
      break
    }
    case "ephemeral":
      groupOperations.setEphemeral(account, to, Number(first.attrs["expiration"]))
      break
    case "not_ephemeral":
      groupOperations.setEphemeral(account, to, 0)
      break
    case "membership_approval_mode":
      groupOperations.setJoinApproval(account, to, child(first, "group_join")?.attrs["state"] === "on")
      break
    case "member_add_mode":
      groupOperations.setMemberAddMode(account, to, textOf(first))
      break
    default:
      return changeMembership(parts, request)
  }
  answer()
  return true
}

function changeMembership({ groupOperations }: GroupQueryParts, { device, stanza, first, answer }: IqRequest): boolean {
  const { account } = device
  const { to } = stanza.attrs
  switch (first.tag) {
    case "invite":
      answer([element("invite", { code: groupOperations.inviteCode(account, to, true) })])
      return true
    case "accept":
      groupOperations.join(account, first.attrs["code"])
      answer()
      return true
    case "revoke":
      groupOperations.forAdmin(account, to)
      answer()
      return true
    case "membership_requests_action": {
      const [decision] = children(first)
      const results = groupOperations.decideRequests(account, to, decision?.tag === "approve", participantsIn(decision))
      const nodes = results.map((result) => resultNode(result))
      answer([element("membership_requests_action", {}, [element(decision?.tag ?? "approve", {}, nodes)])])
      return true
    }
    default:
      return false
  }
}

function participantsIn(node: BinaryNode | undefined): string[] {
  return children(node, "participant").map(({ attrs }) => attrs["jid"] ?? "")
}

function resultNode({ jid, account, error }: MemberResult): BinaryNode {
  if (account === undefined) return element("participant", { jid, error })
  const node = participantNode(account)
  return error === undefined ? node : element("participant", { ...node.attrs, error })
}

function withServer(id: string | undefined): string {
  return id === undefined || id.includes("@") ? (id ?? "") : `${id}@g.us`
}
