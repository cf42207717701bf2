/** What Baileys says of contacts, chats, groups, labels and the block list, as changes of the port. Pure. */
import type { BaileysEventMap, GroupMetadata, GroupParticipant, WAMessageKey } from "@whiskeysockets/baileys"
import type { GroupNews, MemberNews } from "../../../events/group.ts"
import type { RosterChange } from "../../roster.ts"
import { accountOf, boundedName } from "../jid.ts"
import { chatIn, personIn } from "../names/people.ts"
import { countOf, descriptionOf, momentOf, mutedUntil, nameOf, numberOf, secondsAt } from "./amounts.ts"
import type { UnheardAction } from "./unheard-actions.ts"

type Emitted<Name extends keyof BaileysEventMap> = BaileysEventMap[Name]
type Only<Type extends RosterChange["type"]> = Extract<RosterChange, { type: Type }>

/** A contact that the owner saved, or deleted from the address book: then it has no name. */
export const savedContact = (contact: Emitted<"contacts.upsert">[number]): readonly RosterChange[] => {
  const person = personIn(contact.id, contact.lid, contact.phoneNumber)
  if (person === null) return []
  const { name, username } = contact as { name?: string; username?: string }
  return [
    { type: "contact", contact: { ...person, name: nameOf(name), ...(username ? { username: nameOf(username) } : {}) } }
  ]
}

/** Push names come with messages (the actor takes them from there), and pictures are not kept. */
export const businessName = ({ id, verifiedName }: Emitted<"contacts.update">[number]): readonly RosterChange[] => {
  const person = personIn(id)
  return person === null || !verifiedName
    ? []
    : [{ type: "contact", contact: { ...person, verifiedName: nameOf(verifiedName) } }]
}

type ChatUpdate = Emitted<"chats.update">[number]

/** What changed with a message, such as the number of unread ones, follows from the messages. */
export const changedChat = (update: ChatUpdate): readonly RosterChange[] => {
  if (!update.id) return []
  const { archived, muteEndTime, pinned, readOnly, name, ephemeralExpiration } = update
  const chat: Only<"chat">["chat"] = {
    ...chatIn(update.id),
    ...(typeof archived === "boolean" ? { archived } : {}),
    ...(muteEndTime === undefined ? {} : { mutedUntil: mutedUntil(muteEndTime) }),
    ...(pinned === undefined ? {} : { pinnedAt: momentOf(pinned) }),
    ...(typeof readOnly === "boolean" ? { readOnly } : {}),
    ...(name === undefined ? {} : { name: nameOf(name) }),
    ...(ephemeralExpiration === undefined ? {} : { disappearingSeconds: countOf(ephemeralExpiration) }),
    ...(isOfMessage(update) ? {} : readMark(update.unreadCount))
  }
  return Object.keys(chat).length > 2 ? [{ type: "chat", chat }] : []
}

/** A message came or went, and what follows from that for its chat. */
export const isOfMessage = ({ messages, conversationTimestamp }: ChatUpdate): boolean =>
  messages !== undefined || conversationTimestamp !== undefined

/** 0: the owner read it; -1: marked it as unread. */
const readMark = (unread: number | null | undefined) => {
  if (unread === 0) return { isRead: true, markedUnread: false }
  return typeof unread === "number" && unread < 0 ? { markedUnread: true } : {}
}

export const newChat = ({ id, conversationTimestamp }: Emitted<"chats.upsert">[number]): readonly RosterChange[] => {
  const lastMessageAt = secondsAt(conversationTimestamp)
  return id && lastMessageAt !== undefined ? [{ type: "chat", chat: { ...chatIn(id), lastMessageAt } }] : []
}

export const lockedChat = ({ id, locked }: Emitted<"chats.lock">): RosterChange => ({
  type: "chat",
  chat: { ...chatIn(id), locked }
})

export const deletedChat = (id: string): RosterChange => ({ type: "chat_deleted", ...chatIn(id) })

/** Stars are the only changes of messages that are taken from here. */
export const starredMessage = ({ key, update }: Emitted<"messages.update">[number]): readonly RosterChange[] => {
  const marked = markedMessage(key)
  return marked === undefined || typeof update.starred !== "boolean"
    ? []
    : [{ type: "starred", ...marked, starred: update.starred }]
}

/** Messages that were deleted for the account alone. */
export const hiddenMessages = (deleted: Emitted<"messages.delete">): readonly RosterChange[] =>
  "keys" in deleted
    ? deleted.keys.flatMap((key): readonly RosterChange[] => {
        const marked = markedMessage(key)
        return marked === undefined ? [] : [{ type: "hidden", ...marked }]
      })
    : []

const markedMessage = ({ remoteJid, id, fromMe }: WAMessageKey) =>
  remoteJid && id ? { target: boundedName(id), ...chatIn(remoteJid), fromMe: fromMe === true } : undefined

/** A chat that was cleared: up to its newest message then, where that is said. Nothing for another action. */
export const clearedChat = ({ index: [type, chat, starredToo], value }: UnheardAction): readonly RosterChange[] => {
  if (type !== "clearChat" || !chat) return []
  const at = secondsAt(value.clearChatAction?.messageRange?.lastMessageTimestamp) ?? momentOf(value.timestamp)
  return at !== null
    ? [{ type: "chat_cleared", ...chatIn(chat), at: Math.min(at, Date.now()), keepsStarred: starredToo === "0" }]
    : []
}

type Author = { readonly author?: string; readonly authorPn?: string }

const authorOf = ({ author, authorPn }: Author) => personIn(author, authorPn)

/** What WhatsApp's answer says of a group, with every member that it lists. */
export const factsOf = (group: GroupMetadata) => ({
  group: boundedName(group.id),
  subject: nameOf(group.subject) ?? "",
  description: descriptionOf(group.desc),
  owner: personIn(group.owner, group.ownerPn),
  announcement: group.announce === true,
  locked: group.restrict === true,
  joinApproval: group.joinApprovalMode === true,
  membersAdd: group.memberAddMode === true,
  disappearingSeconds: countOf(group.ephemeralDuration),
  community: group.linkedParent ? boundedName(group.linkedParent) : null,
  members: group.participants.flatMap((member) => memberOf(member, rankOf(member.admin)))
})

/** All that WhatsApp says of a group of the account. */
export const wholeGroup = (group: GroupMetadata & Author): RosterChange => {
  const facts: GroupNews = { ...factsOf(group), isMember: true }
  const createdAt = secondsAt(group.creation)
  return { type: "group", group: createdAt === undefined ? facts : { ...facts, createdAt }, author: authorOf(group) }
}

/** A group that a member changed: only what changed is there. A description that was deleted is there without a text. */
export const changedGroup = (update: Partial<GroupMetadata> & Author): readonly RosterChange[] => {
  if (!update.id) return []
  if (update.participants !== undefined) return [wholeGroup(update as GroupMetadata)]
  const group: GroupNews = {
    group: boundedName(update.id),
    ...(update.subject === undefined ? {} : { subject: nameOf(update.subject) ?? "" }),
    ...("desc" in update ? { description: descriptionOf(update.desc) } : {}),
    ...(update.announce === undefined ? {} : { announcement: update.announce }),
    ...(update.restrict === undefined ? {} : { locked: update.restrict }),
    ...(update.joinApprovalMode === undefined ? {} : { joinApproval: update.joinApprovalMode }),
    ...(update.memberAddMode === undefined ? {} : { membersAdd: update.memberAddMode })
  }
  return Object.keys(group).length > 1 ? [{ type: "group", group, author: authorOf(update) }] : []
}

type MembersUpdate = Emitted<"group-participants.update">

/** `isSelf`: whether a jid is the account's own. */
export const changedMembers = (
  { id, author, authorPn, participants, action }: MembersUpdate,
  isSelf: (jid: string) => boolean
): readonly RosterChange[] => {
  if (action === "modify") return []
  const group = boundedName(id)
  const by = personIn(author, authorPn)
  const members = participants.flatMap((member) => memberOf(member, rankAfter(action, member)))
  const hasSelf = participants.some((member) =>
    [member.id, member.lid, member.phoneNumber].some((jid) => jid && isSelf(jid))
  )
  const isMember = action === "remove" ? false : action === "add" ? true : undefined
  return [
    ...(members.length > 0 ? [{ type: "members" as const, group, action, author: by, members }] : []),
    ...(hasSelf && isMember !== undefined ? [{ type: "group" as const, group: { group, isMember }, author: by }] : [])
  ]
}

const WORD_MAX = 40

/** Of a group that the account administers: others are not told. */
export const joinRequest = (given: Emitted<"group.join-request">): readonly RosterChange[] => {
  const { id, author, authorPn, participant, participantPn, action } = given
  const person = personIn(participant, participantPn)
  const by = personIn(author, authorPn)
  const method: string | null | undefined = given.method
  return person === null
    ? []
    : [
        {
          type: "join_request",
          group: boundedName(id),
          person,
          action,
          // Most people ask for themselves; then Baileys leaves the number out.
          author: by !== null && by.lid === person?.lid ? person : by,
          method: method ? method.slice(0, WORD_MAX) : null
        }
      ]
}

const memberOf = ({ id, lid, phoneNumber }: GroupParticipant, rank: MemberNews["rank"]): readonly MemberNews[] => {
  const person = personIn(id, lid, phoneNumber)
  return person === null ? [] : [{ ...person, rank }]
}

const rankOf = (admin: GroupParticipant["admin"]): NonNullable<MemberNews["rank"]> => admin ?? "member"

const rankAfter = (action: MembersUpdate["action"], member: GroupParticipant): MemberNews["rank"] => {
  switch (action) {
    case "remove":
      return null
    case "promote":
      return member.admin ?? "admin"
    case "demote":
      return "member"
    default:
      return rankOf(member.admin)
  }
}

export const editedLabel = ({ id, name, color, deleted }: Emitted<"labels.edit">): RosterChange => ({
  type: "label",
  label: boundedName(id),
  name: nameOf(name),
  color: numberOf(color) ?? null,
  deleted
})

export const assignedLabel = ({ association, type }: Emitted<"labels.association">): RosterChange => ({
  type: "labelled",
  label: boundedName(association.labelId),
  ...chatIn(association.chatId),
  messageId: "messageId" in association && association.messageId ? boundedName(association.messageId) : null,
  assigned: type === "add"
})

export const blockedPeople = ({ blocklist, type }: Emitted<"blocklist.update">): readonly RosterChange[] =>
  blocklist.flatMap((jid) => {
    const person = personIn(jid)
    return person === null ? [] : [{ type: "contact" as const, contact: { ...person, blocked: type === "add" } }]
  })

type CallEvent = Emitted<"call">[number]

const outcomes: Readonly<Record<string, Only<"call_over">["outcome"]>> = {
  accept: "accepted",
  reject: "rejected",
  timeout: "missed",
  terminate: "ended"
}

/** Nothing for what happens while it rings. */
export const call = ({ id, from, chatId, callerPn, date, status, ...rest }: CallEvent): readonly RosterChange[] => {
  const person = personIn(from, callerPn) ?? personIn(chatId, callerPn)
  if (person === null || !id) return []
  const about = { callId: boundedName(id), from: person, at: timeOf(date) }
  if (status === "offer") {
    const group = rest.groupJid ? accountOf(rest.groupJid) : null
    return [{ type: "call", ...about, group, isVideo: rest.isVideo === true, offline: rest.offline }]
  }
  const outcome = outcomes[status]
  return outcome === undefined ? [] : [{ type: "call_over", ...about, outcome }]
}

const timeOf = (date: Date): number => {
  const time = date.getTime()
  return Number.isFinite(time) && time > 0 ? time : 0
}
