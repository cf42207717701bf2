/**
 * Groups. WhatsApp announces what the account changes in a group to all its devices, this one too, so that the log learns of it as of a
 * change by another member (roster/hear-roster.ts).
 */
import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys"
import type { InputOf } from "../../operations/catalog.ts"
import { OperationUnfit } from "../../operations/failures.ts"
import { done } from "../../operations/fields.ts"
import type { GroupInfo, groupOperations } from "../../operations/groups.ts"
import { groupInfo, joinRequest, personResults } from "./group-info.ts"
import { addMode, creationNode, groupQuery, NO_GROUP, participantNodes } from "./group-query.ts"
import type { HandlersOf, OperationContext } from "./handler.ts"
import { profilePicture, setPicture } from "./picture.ts"

export const groupHandlers: HandlersOf<typeof groupOperations> = {
  "group.list": async (_input, { socket }) => {
    const groups = await socket.groupFetchAllParticipating()
    return { groups: Object.values(groups).map(groupInfo) }
  },
  "group.get": async ({ group }, { socket }) => groupInfo(await socket.groupMetadata(group)),
  "group.create": async ({ members, ...wishes }, context) => {
    const { socket } = context
    const content = creationNode(wishes, participantNodes(members))
    const created = await groupQuery(socket, { to: NO_GROUP, type: "set", content, answer: "group" })
    const results = personResults(members, getBinaryNodeChildren(created, "participant"))
    return { group: await completed(context, idOf(created.attrs.id), wishes), results }
  },
  "group.leave": async ({ group }, { socket }) => {
    const { isCommunity } = await socket.groupMetadata(group)
    await (isCommunity ? socket.communityLeave(group) : socket.groupLeave(group))
    return done
  },
  "group.rename": async ({ group, subject }, { socket }) => {
    await socket.groupUpdateSubject(group, subject)
    return done
  },
  "group.describe": async ({ group, description }, { socket }) => {
    await socket.groupUpdateDescription(group, description ?? undefined)
    return done
  },
  "group.set": async (input, context) => {
    const { group, ...settings } = input
    if (Object.keys(settings).length === 0) {
      throw new OperationUnfit({
        field: "announcement",
        reason: "is missing, and every other setting: give at least one"
      })
    }
    await setSettings(context, group, settings)
    return done
  },
  "group.set_picture": async ({ group, picture }, context) => {
    await setPicture(context.socket, group, await profilePicture(context, picture))
    return done
  },
  "group.remove_picture": async ({ group }, { socket }) => {
    await setPicture(socket, group, undefined)
    return done
  },
  "group.add": (input, context) => changeMembers("add", input, context),
  "group.remove": (input, context) => changeMembers("remove", input, context),
  "group.promote": (input, context) => changeMembers("promote", input, context),
  "group.demote": (input, context) => changeMembers("demote", input, context),
  "group.invite_code": async ({ group }, { socket }) => ({ code: codeIn(await socket.groupInviteCode(group)) }),
  "group.revoke_invite": async ({ group }, { socket }) => ({ code: codeIn(await socket.groupRevokeInvite(group)) }),
  "group.invite_info": async ({ code }, { socket }) => groupInfo(await socket.groupGetInviteInfo(code)),
  "group.join": async ({ code }, { socket }) => {
    // Baileys reads no answer that says that an administrator has to approve it.
    const answer = await socket.query({
      tag: "iq",
      attrs: { to: NO_GROUP, type: "set", xmlns: "w:g2" },
      content: [{ tag: "invite", attrs: { code } }]
    })
    const requested = getBinaryNodeChild(answer, "membership_approval_request")
    const group = (requested ?? getBinaryNodeChild(answer, "group"))?.attrs.jid
    return { group: idOf(group), isRequested: requested !== undefined }
  },
  "group.requests": async ({ group }, { socket }) => {
    const content = { tag: "membership_approval_requests", attrs: {} }
    const answer = await groupQuery(socket, { to: group, type: "get", content, answer: content.tag })
    return { requests: getBinaryNodeChildren(answer, "membership_approval_request").flatMap(joinRequest) }
  },
  "group.approve": (input, context) => decide("approve", input, context),
  "group.reject": (input, context) => decide("reject", input, context)
}

type MembersChange = InputOf<"group.add">

const changeMembers = async (
  action: "add" | "remove" | "promote" | "demote",
  { group, members }: MembersChange,
  { socket }: OperationContext
) => {
  const content = { tag: action, attrs: {}, content: participantNodes(members) }
  const answer = await groupQuery(socket, { to: group, type: "set", content, answer: action })
  return { results: personResults(members, getBinaryNodeChildren(answer, "participant")) }
}

const decide = async (
  decision: "approve" | "reject",
  { group, members }: MembersChange,
  { socket }: OperationContext
) => {
  const content = {
    tag: "membership_requests_action",
    attrs: {},
    content: [{ tag: decision, attrs: {}, content: participantNodes(members) }]
  }
  const answer = await groupQuery(socket, { to: group, type: "set", content, answer: content.tag })
  const decided = getBinaryNodeChild(answer, decision)
  return { results: personResults(members, getBinaryNodeChildren(decided, "participant")) }
}

type Settings = Omit<InputOf<"group.set">, "group">

const setSettings = async ({ socket }: OperationContext, group: string, settings: Settings): Promise<void> => {
  const { announcement, locked, joinApproval, membersAdd, disappearingSeconds } = settings
  if (announcement !== undefined)
    await socket.groupSettingUpdate(group, announcement ? "announcement" : "not_announcement")
  if (locked !== undefined) await socket.groupSettingUpdate(group, locked ? "locked" : "unlocked")
  if (joinApproval !== undefined) await socket.groupJoinApprovalMode(group, joinApproval ? "on" : "off")
  if (membersAdd !== undefined) await socket.groupMemberAddMode(group, addMode(membersAdd))
  if (disappearingSeconds !== undefined) await socket.groupToggleEphemeral(group, disappearingSeconds)
}

/** A new group, with what WhatsApp did not set when it created it. Its fields say what it has, also where a setting was refused. */
const completed = async (context: OperationContext, id: string, wishes: Wishes): Promise<GroupInfo> => {
  const { socket, warn } = context
  const group = groupInfo(await socket.groupMetadata(id))
  const { description } = wishes
  const missing = Object.fromEntries(
    settingNames.flatMap((name) =>
      wishes[name] === undefined || wishes[name] === group[name] ? [] : [[name, wishes[name]]]
    )
  ) as Settings
  const lacksDescription = description !== undefined && group.description === null
  if (Object.keys(missing).length === 0 && !lacksDescription) return group
  try {
    if (lacksDescription) await socket.groupUpdateDescription(id, description)
    await setSettings(context, id, missing)
  } catch (failure) {
    warn(`a new group could not be given all its settings: ${String(failure)}`)
  }
  return groupInfo(await socket.groupMetadata(id))
}

type Wishes = Omit<InputOf<"group.create">, "members">

const settingNames = ["announcement", "locked", "joinApproval", "membersAdd", "disappearingSeconds"] as const

/** With its server. */
export const idOf = (id: string | undefined): string => {
  if (!id) throw new Error("WhatsApp answered without the group's id")
  return id.includes("@") ? id : `${id}@g.us`
}

const codeIn = (code: string | undefined): string => {
  if (!code) throw new Error("WhatsApp answered without a code")
  return code
}
