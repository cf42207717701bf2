/** Chats and groups in the form of wwebjs' JSON models. Pure. */
import type { ChatView, MessageView } from "../../application/chats.ts"
import type { MemberView } from "../../application/groups.ts"
import { FOR_EVER } from "../../events/chat.ts"
import type { Group } from "../../store/roster/groups.ts"
import { messageModel, type Owner } from "./wwebjs-stored-message.ts"
import { personId, webId } from "./wwebjs-ids.ts"

const seconds = (ms: number | null): number => (ms === null ? 0 : Math.floor(ms / 1_000))

/** Forever is -1, as in WhatsApp Web; otherwise epoch seconds, 0 for a chat that is not muted. */
export const muteOf = (mutedUntil: number | null, now: number) => ({
  isMuted: mutedUntil !== null && (mutedUntil === FOR_EVER || mutedUntil > now),
  muteExpiration: mutedUntil === FOR_EVER ? FOR_EVER : seconds(mutedUntil)
})

/** The jid that clients know a chat by. */
export const jidOfChat = ({ key, person }: Pick<ChatView, "key" | "person">): string =>
  person === null ? key : personId(person)

export interface GroupParts {
  readonly group: Group
  readonly members: readonly MemberView[]
}

/** `full`: the last message; without it the model has the beginning of its text. */
export const chatModel = (chat: ChatView, device: Owner, now: number, group?: GroupParts, full?: MessageView) => {
  const jid = jidOfChat(chat)
  const { lastMessage: last } = chat
  return {
    id: webId(jid),
    name: chat.title ?? (chat.person?.number ? `+${chat.person.number}` : jid.replace(/@.*/, "")),
    isGroup: chat.kind === "group",
    isReadOnly: chat.isReadOnly,
    unreadCount: chat.isMarkedUnread && chat.unread === 0 ? -1 : chat.unread,
    timestamp: seconds(chat.activeAt),
    archived: chat.isArchived,
    pinned: chat.pinnedAt !== null,
    isLocked: chat.isLocked,
    ...muteOf(chat.mutedUntil, now),
    ...(last === null
      ? {}
      : {
          lastMessage: messageModel(
            full ?? {
              ...last,
              position: 0,
              chat: chat.key,
              content: last.preview === null ? null : { kind: "text", text: last.preview },
              context: null,
              status: null,
              editedAt: null,
              deletedAt: last.isDeleted ? last.sentAt : null,
              failure: null,
              isStarred: false
            },
            jid,
            device
          )
        }),
    ...(group === undefined ? {} : { groupMetadata: groupMetadata(group) })
  }
}

export const groupMetadata = ({ group, members }: GroupParts) => ({
  id: webId(group.id),
  creation: seconds(group.createdAt),
  subject: group.subject ?? "",
  desc: group.description ?? "",
  ...(group.owner === null ? {} : { owner: webId(personId(group.owner)) }),
  restrict: group.isLocked,
  announce: group.isAnnouncement,
  membershipApprovalMode: group.needsApproval,
  memberAddMode: group.membersMayAdd ? "all_member_add" : "admin_add",
  ephemeralDuration: group.disappearingSeconds,
  parentGroup: group.community,
  size: members.length,
  participants: members.map((member) => ({
    id: webId(personId(member)),
    isAdmin: member.rank !== "member",
    isSuperAdmin: member.rank === "superadmin"
  }))
})
