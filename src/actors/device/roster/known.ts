/** What the roster knows of everything that a slice of changes is about, and then what it knows with each change that was decided. */
import { Effect } from "effect"
import type { ChatNews } from "../../../events/chat.ts"
import type { ContactNews, PersonName } from "../../../events/contact.ts"
import type { GroupNews, MemberNews } from "../../../events/group.ts"
import { chatKey, chatOfPerson, contactKey, personOfChat } from "../../../events/roster-key.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import type { Chat } from "../../../store/roster/chats.ts"
import type { Contact } from "../../../store/roster/contacts.ts"
import type { Group } from "../../../store/roster/groups.ts"
import { type Assignment, assignmentKey, type Label } from "../../../store/roster/labels.ts"
import type { HasMark, Mark, Marked } from "../../../store/roster/marks.ts"
import type { RosterShape } from "../../../store/roster/roster.ts"
import { chatAfter } from "./chat-news.ts"
import { contactAfter } from "./contact-news.ts"
import { groupAfter, type Members, membersAfter, membersBy } from "./group-news.ts"
import type { Change } from "./lists.ts"

/** A thing under its key, and the same by number alone, where both names of a person are known. */
interface Found<A> {
  readonly known: A | undefined
  readonly before: A | undefined
}

export class Known {
  /** LIDs of numbers that were said without one. */
  readonly #lids = new Map<string, string>()
  readonly #contacts = new Map<string, Contact>()
  readonly #chats = new Map<string, Chat>()
  readonly #groups = new Map<string, Group>()
  readonly #members = new Map<string, Members>()
  readonly #labels = new Map<string, Label>()
  readonly #assignments = new Map<string, boolean>()
  readonly #calls = new Set<string>()
  #hasMark: HasMark = () => false

  static load(roster: RosterShape, device: number, changes: readonly Change[]): Effect.Effect<Known, StoreUnavailable> {
    const known = new Known()
    return Effect.gen(function* () {
      const people = changes.flatMap(peopleOf)
      const numbers = people.flatMap(({ lid, number }) => (lid === null && number !== null ? [number] : []))
      add(known.#lids, yield* roster.contacts.lidsOf(device, [...new Set(numbers)]))
      const keys = people.map((name) => known.complete(name)).flatMap(keysOf)
      add(known.#contacts, yield* roster.contacts.byKeys(device, [...new Set(keys)]))
      const places = changes.flatMap((change) => placeOf(change) ?? [])
      const chats = [...new Set([...keys, ...places])]
      add(known.#chats, yield* roster.chats.byKeys(device, chats))
      const groups = [...new Set(changes.flatMap((change) => groupOf(change) ?? []))]
      if (groups.length > 0) {
        add(known.#groups, yield* roster.groups.byIds(device, groups))
        for (const [id, of] of yield* roster.groups.members(device, groups)) known.#members.set(id, membersBy(of))
      }
      if (changes.some(({ type }) => type === "label")) {
        for (const label of yield* roster.labels.all(device)) known.#labels.set(label.id, label)
      }
      if (changes.some(({ type }) => type === "labelled")) {
        add(known.#assignments, yield* roster.labels.assignments(device, chats))
      }
      const targets = changes.flatMap((change) =>
        change.type === "starred" || change.type === "hidden" ? [change.target] : []
      )
      if (targets.length > 0) known.#hasMark = yield* roster.marks.of(device, targets)
      for (const change of changes) {
        if (change.type !== "call" && change.type !== "call_over") continue
        const isEnd = change.type === "call_over"
        if (yield* roster.knowsCall(device, change.callId, isEnd)) known.#calls.add(callKey(change.callId, isEnd))
      }
      return known
    })
  }

  /** With the other name, where it is known. */
  complete({ lid, number }: PersonName): PersonName {
    const known = lid ?? (number === null ? null : (this.#lids.get(number) ?? null))
    return { lid: known, number: number ?? (known === null ? null : (this.#contacts.get(known)?.number ?? null)) }
  }

  /** The chat by both of its names, where they are known. */
  completeChat<C extends { readonly chat: string; readonly chatAlt: string | null }>(change: C): C {
    const person = personOfChat(change.chat, change.chatAlt)
    return person === null ? change : { ...change, ...chatOfPerson(this.complete(person)) }
  }

  contact(name: PersonName): Found<Contact> {
    return find(this.#contacts, contactKey(name))
  }

  chat(chat: string, chatAlt: string | null): Found<Chat> {
    return find(this.#chats, chatKey(chat, chatAlt))
  }

  group(id: string): Group | undefined {
    return this.#groups.get(id)
  }

  members(group: string): Members {
    return this.#members.get(group) ?? new Map()
  }

  label(id: string): Label | undefined {
    return this.#labels.get(id)
  }

  isAssigned(assignment: Assignment): boolean {
    return this.#assignments.get(assignmentKey(assignment)) ?? false
  }

  hasMark(mark: Mark, message: Marked): boolean {
    return this.#hasMark(mark, message)
  }

  hasCall(callId: string, isEnd: boolean): boolean {
    return this.#calls.has(callKey(callId, isEnd))
  }

  // ---- what was decided

  learnContact(news: ContactNews): void {
    const key = contactKey(news)?.key
    if (key !== undefined) this.#contacts.set(key, contactAfter(key, this.#contacts.get(key), news))
    if (news.lid !== null && news.number !== null) this.#lids.set(news.number, news.lid)
  }

  learnChat(news: ChatNews): void {
    const { key, other } = chatKey(news.chat, news.chatAlt)
    this.#chats.set(key, chatAfter(key, this.#chats.get(key), news))
    const before = other === null ? undefined : this.#chats.get(other)
    if (before) this.#chats.set(before.key, { ...before, isMoved: true, isListed: false })
  }

  forgetChat(chat: string, chatAlt: string | null): void {
    const { known } = this.chat(chat, chatAlt)
    if (known) this.#chats.set(known.key, { ...known, isListed: false, unread: 0 })
  }

  clearChat(chat: string, chatAlt: string | null, clearedAt: number): void {
    const { known } = this.chat(chat, chatAlt)
    if (known) this.#chats.set(known.key, { ...known, clearedAt })
  }

  learnMark(mark: Mark, message: Marked, isMarked: boolean): void {
    const before = this.#hasMark
    const isSame = (one: Mark, other: Marked) =>
      one === mark &&
      other.messageId === message.messageId &&
      other.chat === message.chat &&
      other.fromMe === message.fromMe
    this.#hasMark = (one, other) => (isSame(one, other) ? isMarked : before(one, other))
  }

  learnGroup(news: GroupNews): void {
    this.#groups.set(news.group, groupAfter(this.#groups.get(news.group), news))
  }

  learnMembers(group: string, news: readonly MemberNews[]): void {
    this.#members.set(group, membersAfter(this.members(group), news))
  }

  learnLabel(label: Label): void {
    this.#labels.set(label.id, label)
  }

  learnAssignment(assignment: Assignment, isAssigned: boolean): void {
    this.#assignments.set(assignmentKey(assignment), isAssigned)
  }

  learnCall(callId: string, isEnd: boolean): void {
    this.#calls.add(callKey(callId, isEnd))
  }
}

const add = <A>(to: Map<string, A>, from: ReadonlyMap<string, A>): void => {
  for (const [key, value] of from) to.set(key, value)
}

const find = <A>(all: ReadonlyMap<string, A>, key: ReturnType<typeof contactKey>): Found<A> => ({
  known: key && all.get(key.key),
  before: key?.other ? all.get(key.other) : undefined
})

const keysOf = (name: PersonName): readonly string[] => {
  const key = contactKey(name)
  return key === undefined ? [] : [key.key, ...(key.other === null ? [] : [key.other])]
}

/** Those that are looked up as contacts, and whose chat is. Members of groups are compared with the group's. */
const peopleOf = (change: Change): readonly PersonName[] => {
  switch (change.type) {
    case "contact":
      return [change.contact]
    case "chat":
      return inChat(change.chat)
    case "chat_deleted":
    case "chat_cleared":
    case "labelled":
    case "starred":
    case "hidden":
      return inChat(change)
    default:
      return []
  }
}

const inChat = ({
  chat,
  chatAlt
}: {
  readonly chat: string
  readonly chatAlt: string | null
}): readonly PersonName[] => {
  const person = personOfChat(chat, chatAlt)
  return person === null ? [] : [person]
}

/** The chat of a group, a list or a channel that a change is about. */
const placeOf = (change: Change): string | undefined => {
  const chat =
    change.type === "chat"
      ? change.chat
      : change.type === "chat_deleted" || change.type === "chat_cleared" || change.type === "labelled"
        ? change
        : undefined
  return chat && personOfChat(chat.chat, chat.chatAlt) === null ? chat.chat : undefined
}

const groupOf = (change: Change): string | undefined =>
  change.type === "group" ? change.group.group : change.type === "members" ? change.group : undefined

const callKey = (callId: string, isEnd: boolean): string => `${isEnd ? "over" : "call"}|${callId}`
