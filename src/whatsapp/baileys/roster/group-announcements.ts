/**
 * What WhatsApp announces of groups and Baileys 7.0.0-rc14 does not raise as such: after how long messages disappear (it raises that for the
 * chat alone), and of which community a group is part (whatsmeow, parseGroupChange). Pure.
 */
import { type BinaryNode, getAllBinaryNodeChildren, getBinaryNodeChild } from "@whiskeysockets/baileys"
import type { GroupNews } from "../../../events/group.ts"
import type { RosterChange } from "../../roster.ts"
import { boundedName } from "../jid.ts"
import { personIn } from "../names/people.ts"
import { countOf } from "./amounts.ts"

export const announcedOfGroup = (notification: BinaryNode): readonly RosterChange[] => {
  const { from, participant, participant_pn: number } = notification.attrs
  if (!from) return []
  const author = personIn(participant, number)
  return getAllBinaryNodeChildren(notification).flatMap((change) => {
    const news = newsIn(change)
    return news === undefined ? [] : [{ type: "group" as const, group: { group: boundedName(from), ...news }, author }]
  })
}

const newsIn = (change: BinaryNode): Omit<GroupNews, "group"> | undefined => {
  const { tag, attrs } = change
  switch (tag) {
    case "ephemeral":
      return { disappearingSeconds: countOf(Number(attrs.expiration)) }
    case "not_ephemeral":
      return { disappearingSeconds: 0 }
    case "link": {
      const community = getBinaryNodeChild(change, "group")?.attrs.jid
      return attrs.link_type === PARENT && community ? { community: boundedName(community) } : undefined
    }
    case "unlink":
      return attrs.unlink_type === PARENT ? { community: null } : undefined
    default:
      return undefined
  }
}

/** The announcement is for the members of the group; those of the community get another one. */
const PARENT = "parent_group"
