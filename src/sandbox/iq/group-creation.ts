/**
 * Queries that create groups and communities (groups.js groupCreate, communities.js communityCreate, communityCreateGroup). The answer also
 * names the members who could not be added, with the code and, where there is one, the private invitation.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { GroupWishes } from "../routing/group-creation.ts"
import { groupNode } from "../routing/group-stanzas.ts"
import { child, children, element, serverStanzaId, textOf } from "../wire/stanza.ts"
import type { GroupQueryParts } from "./group-query-parts.ts"
import { participantsIn, resultNode } from "./group-nodes.ts"
import type { IqRequest } from "./registry.ts"

const FLAGS = new Set(["announcement", "locked"])

/** Answers `<create>`. */
export function createGroup(parts: GroupQueryParts, { device, first, answer }: IqRequest): boolean {
  const { accounts, groupOperations } = parts
  const { subject = "", key } = first.attrs
  const community = child(first, "parent")
  if (community !== undefined) {
    const wishes = {
      approvalMode: community.attrs["default_membership_approval_mode"],
      membersMayCreateGroups: child(first, "allow_non_admin_sub_group_creation") !== undefined,
      withGeneralChat: child(first, "create_general_chat") !== undefined
    }
    const created = groupOperations.communities.create(device.account, subject, wishes, wishesIn(first))
    answer([groupNode(accounts, created)])
    return true
  }
  const parent = child(first, "linked_parent")?.attrs["jid"]
  const members = participantsIn(first)
  const wanted = { subject, members, key, parent, ...wishesIn(first) }
  const { group, results } = groupOperations.create(device.account, wanted)
  const node = groupNode(accounts, group)
  const failed = results.filter(({ error }) => error !== undefined).map((result) => resultNode(result))
  answer([element("group", node.attrs, [...children(node), ...failed])])
  return true
}

function wishesIn(create: BinaryNode): GroupWishes {
  const description = child(create, "description")
  const ephemeral = child(create, "ephemeral")?.attrs["expiration"]
  const approval = child(child(create, "membership_approval_mode"), "group_join")?.attrs["state"]
  const addMode = textOf(child(create, "member_add_mode"))
  return {
    flags: children(create).flatMap(({ tag }) => (FLAGS.has(tag) ? [tag] : [])),
    ...(description === undefined
      ? {}
      : { description: { id: description.attrs["id"] ?? serverStanzaId(), body: textOf(child(description, "body")) } }),
    ...(ephemeral === undefined ? {} : { ephemeralSeconds: Number(ephemeral) }),
    ...(approval === undefined ? {} : { joinApproval: approval === "on" }),
    ...(addMode === "" ? {} : { memberAddMode: addMode })
  }
}
