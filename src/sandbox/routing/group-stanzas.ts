/**
 * Groups and members as stanzas show them (groups.js extractGroupMetadata). Groups are LID-addressed: a member stands by
 * LID with the number beside it.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Account } from "../state/account.ts"
import type { Accounts } from "../state/accounts.ts"
import type { Group, Rank } from "../state/groups.ts"
import { lidJid, pnJid } from "../state/jid.ts"
import { element } from "../wire/stanza.ts"

/** `<group>` with its metadata, as answers and notifications carry it. */
export function groupNode(accounts: Accounts, group: Group): BinaryNode {
  const creator = accounts.find(group.creator)
  const subjectOwner = accounts.find(group.subjectOwner)
  const attrs = {
    id: group.id.split("@")[0],
    subject: group.subject,
    addressing_mode: "lid",
    creation: String(group.createdAt),
    s_t: String(group.subjectAt),
    size: String(group.members.size),
    ...(creator === undefined ? {} : { creator: lidJid(creator), creator_pn: pnJid(creator) }),
    ...(subjectOwner === undefined ? {} : { s_o: lidJid(subjectOwner), s_o_pn: pnJid(subjectOwner) })
  }
  return element("group", attrs, [...memberNodes(accounts, group), ...settingNodes(accounts, group)])
}

/** `<participant>`, as metadata and notifications carry it. */
export function participantNode(account: Account, rank: Rank = ""): BinaryNode {
  const type = rank === "" ? undefined : rank
  return element("participant", { jid: lidJid(account), phone_number: pnJid(account), type })
}

function memberNodes(accounts: Accounts, group: Group): BinaryNode[] {
  return [...group.members].flatMap(([number, rank]) => {
    const account = accounts.find(number)
    return account === undefined ? [] : [participantNode(account, rank)]
  })
}

/** `<group>` in the list of the groups of a community (communities.js communityFetchLinkedGroups). */
export function linkedGroupNode(accounts: Accounts, group: Group): BinaryNode {
  const creator = accounts.find(group.creator)
  const attrs = {
    id: group.id.split("@")[0],
    subject: group.subject,
    creation: String(group.createdAt),
    s_t: String(group.subjectAt),
    size: String(group.members.size),
    creator: creator && lidJid(creator)
  }
  return element("group", attrs, roleNodes(group))
}

function roleNodes({ community, linkedParent, role }: Group): BinaryNode[] {
  const nodes: BinaryNode[] = []
  if (community !== undefined) {
    nodes.push(element("parent", { default_membership_approval_mode: community.approvalMode }))
    if (community.membersMayCreateGroups) nodes.push(element("allow_non_admin_sub_group_creation"))
  }
  if (linkedParent !== undefined) nodes.push(element("linked_parent", { jid: linkedParent }))
  if (role === "announcements") nodes.push(element("default_sub_group"))
  if (role === "general") nodes.push(element("general_chat"))
  return nodes
}

function settingNodes(accounts: Accounts, group: Group): BinaryNode[] {
  const { description, ephemeralSeconds, joinApproval, memberAddMode } = group
  const nodes = [...group.flags].map((flag) => element(flag)).concat(roleNodes(group))
  if (description !== undefined) {
    const owner = accounts.find(description.owner)
    const attrs = {
      id: description.id,
      t: String(description.at),
      ...(owner === undefined ? {} : { participant: lidJid(owner), participant_pn: pnJid(owner) })
    }
    nodes.push(element("description", attrs, [element("body", {}, Buffer.from(description.body))]))
  }
  if (ephemeralSeconds !== 0) nodes.push(element("ephemeral", { expiration: String(ephemeralSeconds) }))
  if (joinApproval) nodes.push(element("membership_approval_mode", {}, [element("group_join", { state: "on" })]))
  nodes.push(element("member_add_mode", {}, Buffer.from(memberAddMode)))
  return nodes
}
