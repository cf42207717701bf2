/** Which events a slice of changes gives: what is new of it, and nothing of what is known. Pure but for what `known` learns. */
import type { GroupNews, MemberNews } from "../../../events/group.ts"
import { chatKey, chatOfPerson } from "../../../events/roster-key.ts"
import type { RosterEvent } from "../../../events/roster.ts"
import { goneUpTo } from "../../../store/roster/chats.ts"
import type { Mark } from "../../../store/roster/marks.ts"
import { inParts } from "../../../store/in-parts.ts"
import type { Told } from "../../../whatsapp/roster.ts"
import { chatNews } from "./chat-news.ts"
import { contactNews } from "./contact-news.ts"
import { groupNews, memberNews } from "./group-news.ts"
import type { Known } from "./known.ts"
import type { Change } from "./lists.ts"
import { ENTRIES_MAX } from "./slices.ts"

type Entry<Type extends RosterEvent["type"]> = Extract<RosterEvent, { type: Type }>["data"]
type ContactEntry = Entry<"contact.synced">["contacts"][number]
type ChatEntry = Entry<"chat.synced">["chats"][number]

/** What is new: entries that can stand together in one event, and events as they are. */
type News =
  | { readonly kind: "contact"; readonly entry: ContactEntry }
  | { readonly kind: "chat"; readonly entry: ChatEntry }
  | { readonly kind: "group"; readonly entry: GroupNews }
  | { readonly kind: "event"; readonly event: RosterEvent }

/** So many of a kind in one slice are one event, even where no phone handed them over. */
const MANY = 10

export const decideRoster = (changes: readonly Change[], known: Known, told: Told): readonly RosterEvent[] => {
  const handedOver = told !== "changed"
  const news = changes.flatMap((change) => newsOf(change, known, told))
  const contacts = news.flatMap((each) => (each.kind === "contact" ? [each.entry] : []))
  const chats = news.flatMap((each) => (each.kind === "chat" ? [each.entry] : []))
  const groups = news.flatMap((each) => (each.kind === "group" ? [each.entry] : []))
  const events = news.flatMap((each) => (each.kind === "event" ? [each.event] : []))
  return [
    ...eventsOf(
      contacts,
      handedOver,
      (part) => ({ type: "contact.synced", data: { contacts: part } }),
      (contact) => ({ type: "contact.updated", data: contact })
    ),
    ...eventsOf(
      chats,
      handedOver,
      (part) => ({ type: "chat.synced", data: { chats: part } }),
      (chat) => ({ type: "chat.updated", data: chat })
    ),
    ...groupParts(groups).map((part): RosterEvent => ({ type: "group.synced", data: { groups: part } })),
    ...events
  ]
}

const eventsOf = <A>(
  entries: readonly A[],
  handedOver: boolean,
  together: (entries: readonly A[]) => RosterEvent,
  alone: (entry: A) => RosterEvent
): readonly RosterEvent[] =>
  handedOver || entries.length >= MANY ? inParts(entries, ENTRIES_MAX).map(together) : entries.map(alone)

/** A group with many members is in several parts. */
const groupParts = (groups: readonly GroupNews[]): readonly (readonly GroupNews[])[] => {
  const parts: GroupNews[][] = []
  let entries = 0
  for (const group of groups.flatMap(split)) {
    const more = 1 + (group.members?.length ?? 0)
    const last = parts.at(-1)
    if (last === undefined || entries + more > ENTRIES_MAX) parts.push([group])
    else last.push(group)
    entries = last === parts.at(-1) ? entries + more : more
  }
  return parts
}

const split = (group: GroupNews): readonly GroupNews[] => {
  const [first = [], ...more] = inParts(group.members ?? [], ENTRIES_MAX - 1)
  const { members: _members, ...facts } = group
  return [
    first.length > 0 ? { ...facts, members: first } : facts,
    ...more.map((members) => ({ group: group.group, members }))
  ]
}

const newsOf = (change: Change, known: Known, told: Told): readonly News[] => {
  switch (change.type) {
    case "contact":
      return newsOfContact(change, known, told)
    case "chat": {
      const said = known.completeChat(change.chat)
      const { known: chat, before } = known.chat(said.chat, said.chatAlt)
      const entry = chatNews(said, chat, before, told)
      if (entry === undefined) return []
      known.learnChat(entry)
      return [{ kind: "chat", entry }]
    }
    case "chat_deleted": {
      const { chat, chatAlt } = known.completeChat(change)
      const { known: found } = known.chat(chat, chatAlt)
      if (!found?.isListed) return []
      known.forgetChat(chat, chatAlt)
      return event({ type: "chat.deleted", data: { chat, chatAlt, at: found.activeAt ?? 0 } })
    }
    case "chat_cleared": {
      const { type: _type, ...data } = known.completeChat(change)
      const { known: is, before } = known.chat(data.chat, data.chatAlt)
      const found = is ?? before
      // Of a chat that is not known there is nothing to clear: the phone hands over only what it still has.
      if (found === undefined || data.at <= (goneUpTo(found) ?? -1)) return []
      known.clearChat(data.chat, data.chatAlt, data.at)
      return event({ type: "chat.cleared", data })
    }
    case "starred": {
      const { type: _type, ...data } = known.completeChat(change)
      if (!isNewMark(known, "starred", data, data.starred)) return []
      return event({ type: "message.starred", data })
    }
    case "hidden": {
      const { type: _type, ...data } = known.completeChat(change)
      return isNewMark(known, "hidden", data, true) ? event({ type: "message.hidden", data }) : []
    }
    case "group":
      return newsOfGroup(change, known, told)
    case "members": {
      const { type: _type, ...data } = change
      const members = memberNews(data.members, known.members(data.group), false)
      if (members.length === 0) return []
      known.learnMembers(data.group, members)
      return event(...membersChanged(data, members))
    }
    case "join_request": {
      const { type: _type, ...data } = change
      return event({ type: "group.join_requested", data })
    }
    case "label": {
      const { type: _type, ...data } = change
      const is = known.label(data.label)
      if (is && is.name === data.name && is.color === data.color && is.isDeleted === data.deleted) return []
      known.learnLabel({ id: data.label, name: data.name, color: data.color, isDeleted: data.deleted })
      return event({ type: "label.edited", data })
    }
    case "labelled": {
      const { type: _type, ...data } = known.completeChat(change)
      const assignment = { chat: chatKey(data.chat, data.chatAlt).key, messageId: data.messageId, label: data.label }
      if (known.isAssigned(assignment) === data.assigned) return []
      known.learnAssignment(assignment, data.assigned)
      return event({ type: "label.assigned", data })
    }
    case "call":
    case "call_over": {
      const isEnd = change.type === "call_over"
      if (known.hasCall(change.callId, isEnd)) return []
      known.learnCall(change.callId, isEnd)
      return event(callEvent(change))
    }
  }
}

const isNewMark = (known: Known, mark: Mark, data: Entry<"message.hidden">, isMarked: boolean): boolean => {
  const message = { chat: data.chat, messageId: data.target, fromMe: data.fromMe }
  if (known.hasMark(mark, message) === isMarked) return false
  known.learnMark(mark, message, isMarked)
  return true
}

const event = (...events: readonly RosterEvent[]): readonly News[] =>
  events.map((each) => ({ kind: "event", event: each }))

/** The chat that was known by the person's number alone goes on under the LID as well. */
const newsOfContact = (
  { contact }: Extract<Change, { type: "contact" }>,
  known: Known,
  told: Told
): readonly News[] => {
  const said = { ...contact, ...known.complete(contact) }
  const { known: is, before } = known.contact(said)
  const entry = contactNews(said, is, before, told)
  if (entry) known.learnContact(entry)
  const news: readonly News[] = entry ? [{ kind: "contact", entry }] : []
  if (said.lid === null || said.number === null) return news
  return [...news, ...newsOf({ type: "chat", chat: chatOfPerson(said) }, known, told)]
}

const newsOfGroup = (
  { group: said, author }: Extract<Change, { type: "group" }>,
  known: Known,
  told: Told
): readonly News[] => {
  const { members: saidMembers, ...facts } = said
  const news = groupNews(facts, known.group(said.group))
  const members = saidMembers === undefined ? [] : memberNews(saidMembers, known.members(said.group), true)
  if (news) known.learnGroup(news)
  if (members.length > 0) known.learnMembers(said.group, members)
  if (told !== "changed" || saidMembers !== undefined) {
    const entry = { ...(news ?? { group: said.group }), ...(members.length > 0 ? { members } : {}) }
    return news || members.length > 0 ? [{ kind: "group", entry }] : []
  }
  return news ? event({ type: "group.updated", data: { ...news, author } }) : []
}

type MembersChanged = Entry<"group.members_changed">

const membersChanged = (change: MembersChanged, members: readonly MemberNews[]): readonly RosterEvent[] =>
  inParts(members, ENTRIES_MAX).map((part) => ({ type: "group.members_changed", data: { ...change, members: part } }))

const callEvent = (change: Extract<Change, { type: "call" | "call_over" }>): RosterEvent => {
  if (change.type === "call") {
    const { type: _type, ...data } = change
    return { type: "call.received", data }
  }
  const { type: _type, ...data } = change
  return { type: "call.ended", data }
}
