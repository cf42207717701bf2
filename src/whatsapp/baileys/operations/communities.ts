/** Communities: groups of groups. */
import { getBinaryNodeChild, getBinaryNodeChildren } from "@whiskeysockets/baileys"
import type { communityOperations } from "../../operations/communities.ts"
import { done } from "../../operations/fields.ts"
import { countOf, nameOf, secondsAt } from "../roster/amounts.ts"
import { groupInfo } from "./group-info.ts"
import { creationNode, groupQuery, NO_GROUP, requireLinked } from "./group-query.ts"
import { idOf } from "./groups.ts"
import type { HandlersOf } from "./handler.ts"

export const communityHandlers: HandlersOf<typeof communityOperations> = {
  "community.create": async (wishes, { socket }) => {
    const parent = { tag: "parent", attrs: { default_membership_approval_mode: "request_required" } }
    const content = creationNode(wishes, [parent])
    const created = await groupQuery(socket, { to: NO_GROUP, type: "set", content, answer: "group" })
    return groupInfo(await socket.groupMetadata(idOf(created.attrs.id)))
  },
  "community.groups": async ({ community }, { socket }) => {
    const content = { tag: "sub_groups", attrs: {} }
    const answer = await groupQuery(socket, { to: community, type: "get", content, answer: content.tag })
    return {
      groups: getBinaryNodeChildren(answer, "group").map((node) => ({
        group: idOf(node.attrs.id),
        subject: nameOf(node.attrs.subject) ?? "",
        size: node.attrs.size === undefined ? null : countOf(Number(node.attrs.size)),
        createdAt: secondsAt(Number(node.attrs.creation)) ?? null,
        isAnnouncements: getBinaryNodeChild(node, "default_sub_group") !== undefined
      }))
    }
  },
  "community.link": async ({ community, group }, { socket }) => {
    const link = { tag: "link", attrs: { link_type: "sub_group" }, content: [{ tag: "group", attrs: { jid: group } }] }
    const content = { tag: "links", attrs: {}, content: [link] }
    const answer = await groupQuery(socket, { to: community, type: "set", content, answer: content.tag })
    requireLinked("community.link", answer)
    return done
  },
  "community.unlink": async ({ community, group }, { socket }) => {
    const content = {
      tag: "unlink",
      attrs: { unlink_type: "sub_group" },
      content: [{ tag: "group", attrs: { jid: group } }]
    }
    const answer = await groupQuery(socket, { to: community, type: "set", content, answer: content.tag })
    requireLinked("community.unlink", answer)
    return done
  }
}
