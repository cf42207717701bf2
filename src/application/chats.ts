/** Reading a device's chats, and the messages in them. */
import { Effect, Schema } from "effect"
import type { MessageContext } from "../events/context.ts"
import { previewOf } from "../events/preview.ts"
import { chatKey, numberOfKey } from "../events/roster-key.ts"
import { type Chat, type ChatMessage, type ChatPage, goneUpTo, type MessagePlace } from "../store/roster/chats.ts"
import { type Content, type ContentPlace, type MessageState, stateKey, unchanged } from "../store/roster/messages.ts"
import type { Device } from "../store/devices.ts"
import type { Said } from "../store/said.ts"
import { Roster } from "../store/roster/roster.ts"
import { isNumber } from "../whatsapp/number.ts"
import { findDevice } from "./device-access.ts"
import { deedsToAll, type MessageDeeds } from "./message-deeds.ts"
import { keysOfPeople, peopleBy, type Person } from "./names.ts"
import { pageOf } from "./paging.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the device knows no such chat. */
export class ChatNotFound extends Schema.TaggedError<ChatNotFound>()("ChatNotFound", { chat: Schema.String }) {
  override get message(): string {
    return `there is no chat ${this.chat}`
  }
}

export interface ChatView extends Chat {
  readonly kind: ChatKind
  /** Whose chat it is; null for a group's, a list's and a channel's. */
  readonly person: Person | null
  readonly title: string | null
  readonly labels: readonly string[]
  readonly lastMessage: LastMessage | null
}

export type ChatKind = "person" | "group" | "list" | "channel" | "other"

/** What a list shows of a chat's last message. `preview`: the beginning of its summary; null once it is deleted. */
export interface LastMessage {
  readonly id: string
  readonly fromMe: boolean
  readonly sender: Person | null
  readonly kind: string
  readonly preview: string | null
  readonly sentAt: number
  readonly isDeleted: boolean
}

export interface MessageView {
  readonly id: string
  readonly position: number
  /** As it was recorded: the key of its chat. */
  readonly chat: string
  readonly fromMe: boolean
  readonly sender: Person | null
  readonly kind: string
  /** Null once it was deleted or erased. */
  readonly content: Content | null
  /** What stands beside the content: a quote, mentions. */
  readonly context: MessageContext | null
  readonly sentAt: number
  readonly status: MessageState["status"] | null
  readonly editedAt: number | null
  readonly deletedAt: number | null
  readonly failure: MessageState["failure"]
  readonly isStarred: boolean
}

/** A message with what people think of it. */
export interface ReactedMessage {
  readonly message: MessageView
  readonly reactions: MessageDeeds["reactions"]
}

/** A page of a device's chats, the last active first, and where the next one begins. */
export const listChats = (principal: Principal, reference: string, { limit, ...page }: ChatPage) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    const found = yield* roster.chats.list(deviceNumber, { ...page, limit: limit + 1 })
    const { items: chats, last } = pageOf(found, limit)
    return {
      chats: yield* viewChats(deviceNumber, chats),
      next: last && { activeAt: last.activeAt ?? 0, key: last.key }
    }
  })

export const getChat = (principal: Principal, reference: string, chat: string) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const { main } = yield* findChat(deviceNumber, chat)
    const [view] = yield* viewChats(deviceNumber, [main])
    return view ?? (yield* new ChatNotFound({ chat }))
  })

/** How many chats the owner has pinned to the top. */
export const countPinned = ({ deviceNumber }: Pick<Device, "deviceNumber">) =>
  Effect.flatMap(Roster, (roster) => roster.chats.countPinned(deviceNumber))

/** Contents of a page in memory, about. */
const CHARACTERS_MAX = 1_000_000

/** A page of a chat's messages, the newest first, and where the next one begins. A page of long messages may be short. */
export const listMessages = (
  principal: Principal,
  reference: string,
  chat: string,
  { before, limit }: { readonly before: MessagePlace | undefined; readonly limit: number }
) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const roster = yield* Roster
    const { keys, gone } = yield* findChat(deviceNumber, chat)
    const page = { before, limit: limit + 1, ...(gone === null ? {} : { after: gone }) }
    const found = yield* roster.chats.messages(deviceNumber, keys, page)
    const messages = yield* viewReacted(deviceNumber, found.slice(0, limit))
    const last = found.length > messages.length ? found[messages.length - 1] : undefined
    return { messages, next: last && placeOf(last) }
  })

/** `viewMessages`, with the reactions to each. */
export const viewReacted = (deviceNumber: number, messages: readonly ChatMessage[]) =>
  Effect.gen(function* () {
    const views = yield* viewMessages(deviceNumber, messages)
    const deedsOf = yield* deedsToAll(deviceNumber, messages.slice(0, views.length))
    return views.map((message, i): ReactedMessage => {
      const row = messages[i]
      return { message, reactions: row ? deedsOf(row).reactions : [] }
    })
  })

export const placeOf = ({ sent_at, position, place }: ChatMessage): MessagePlace => ({
  sentAt: sent_at,
  position,
  place
})

/** What the first of these messages say and what became of them, as long as it fits into memory: at least one, if there is one. */
export const viewMessages = (deviceNumber: number, messages: readonly ChatMessage[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const states = yield* roster.messages.states(deviceNumber, messages)
    const places = messages.map((message) => contentPlaceOf(message, states))
    const said = yield* roster.messages.said(places, CHARACTERS_MAX)
    const shown = messages.slice(0, said.length)
    const senderOf = yield* sendersOf(deviceNumber, shown)
    return shown.map((message, i) => {
      const state = states.get(stateKey(message))
      return viewMessage(message, state, said[i], senderOf(message))
    })
  })

const contentPlaceOf = (message: ChatMessage, states: ReadonlyMap<string, MessageState>): ContentPlace => {
  const { resentIn, editedIn } = states.get(stateKey(message)) ?? unchanged
  return { position: message.position, place: message.place, resentIn, editedIn }
}

const viewMessage = (
  message: ChatMessage,
  state: MessageState | undefined,
  said: Said | undefined,
  sender: Person | null
): MessageView => ({
  id: message.message_id,
  position: message.position,
  chat: message.chat,
  fromMe: message.from_me === 1,
  sender,
  kind: said?.content.kind ?? message.kind,
  content: state?.revokedAt === null ? (said?.content ?? null) : null,
  context: state?.revokedAt === null ? (said?.context ?? null) : null,
  sentAt: message.sent_at,
  status: state?.status ?? null,
  editedAt: state?.editedAt ?? null,
  deletedAt: state?.revokedAt ?? null,
  failure: state?.failure ?? null,
  isStarred: state?.isStarred ?? false
})

/** All names under which the messages of a chat may stand, the one that lists show first. */
export const keysOf = (deviceNumber: number, reference: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const named = isNumber(reference) ? `${reference}@s.whatsapp.net` : reference
    const number = numberOfKey(chatKey(named, null).key)
    const person =
      number !== null || named.endsWith("@lid")
        ? yield* roster.contacts.find(deviceNumber, { lid: number === null ? named : null, number })
        : undefined
    const byNumber = person?.number == null ? [] : [`${person.number}@s.whatsapp.net`]
    return [...new Set([...(person ? [person.key] : []), chatKey(named, null).key, ...byNumber])]
  })

/** The channels among the chats, the last active first. */
export const channelsOf = (deviceNumber: number, limit: number) =>
  Effect.flatMap(Roster, (roster) => roster.chats.channels(deviceNumber, limit))

/**
 * A chat that a client names: by a telephone number, a jid or a LID. `keys`: all under which it has messages. `gone`: until when its
 * messages were deleted with it or cleared.
 */
export const findChat = (deviceNumber: number, reference: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const keys = yield* keysOf(deviceNumber, reference)
    const chats = yield* roster.chats.byKeys(deviceNumber, keys)
    const found = keys.flatMap((key) => chats.get(key) ?? [])
    const main = found.find(({ isMoved }) => !isMoved) ?? found[0]
    if (main === undefined) return yield* new ChatNotFound({ chat: reference })
    return { main, keys: found.map(({ key }) => key), gone: goneUpTo(...found) }
  })

const viewChats = (deviceNumber: number, chats: readonly Chat[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const keys = chats.map(({ key }) => key)
    const people = yield* peopleBy(deviceNumber, keys)
    const ofPeople = chats.filter(({ key }) => kindOf(key) === "person")
    const numbers = ofPeople.flatMap(({ key }) => {
      const { lid, number } = people(key)
      return lid === null || number === null ? [] : [`${number}@s.whatsapp.net`]
    })
    const newest = yield* roster.chats.lastMessages(deviceNumber, [...keys, ...numbers])
    const states = yield* roster.messages.states(deviceNumber, [...newest.values()])
    const senderOf = yield* sendersOf(deviceNumber, [...newest.values()])
    const changed = yield* changedContents([...newest.values()], states)
    const groups = yield* roster.groups.byIds(
      deviceNumber,
      keys.filter((key) => kindOf(key) === "group")
    )
    const labels = yield* roster.labels.ofChats(deviceNumber, keys)
    return chats.map((chat): ChatView => {
      const kind = kindOf(chat.key)
      const person = kind === "person" ? people(chat.key) : null
      const older = person?.number == null ? undefined : newest.get(`${person.number}@s.whatsapp.net`)
      const last = newer(newest.get(chat.key), older)
      const isShown = last !== undefined && last.sent_at > (goneUpTo(chat) ?? -1)
      return {
        ...chat,
        kind,
        person,
        title: person?.name ?? groups.get(chat.key)?.subject ?? chat.name,
        labels: labels.get(chat.key) ?? [],
        lastMessage: isShown ? viewLast(last, states.get(stateKey(last)), senderOf(last), changed.get(last)) : null
      }
    })
  })

const newer = (one: ChatMessage | undefined, other: ChatMessage | undefined): ChatMessage | undefined =>
  one === undefined || (other !== undefined && other.sent_at > one.sent_at) ? other : one

/** What those of the messages say now that were edited, or whose content came later. */
const changedContents = (messages: readonly ChatMessage[], states: ReadonlyMap<string, MessageState>) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const changed = messages.flatMap((message) => {
      const place = contentPlaceOf(message, states)
      return place.resentIn === null && place.editedIn === null ? [] : [{ message, place }]
    })
    const places = changed.map(({ place }) => place)
    const said = yield* roster.messages.said(places, CHARACTERS_MAX)
    return new Map(said.map((each, i) => [changed[i]?.message, each?.content]))
  })

const viewLast = (
  message: ChatMessage,
  state: MessageState | undefined,
  sender: Person | null,
  changed: Content | undefined
): LastMessage => {
  const isDeleted = state !== undefined && state.revokedAt !== null
  return {
    id: message.message_id,
    fromMe: message.from_me === 1,
    sender,
    kind: changed?.kind ?? message.kind,
    preview: isDeleted ? null : changed ? previewOf(changed) : message.preview,
    sentAt: message.sent_at,
    isDeleted
  }
}

/** Who wrote each message; null for the account itself. */
const sendersOf = (deviceNumber: number, messages: readonly ChatMessage[]) =>
  Effect.gen(function* () {
    const senders = messages.filter(({ from_me }) => from_me === 0).map(({ sender }) => sender)
    const keyOf = yield* keysOfPeople(deviceNumber, senders)
    const people = yield* peopleBy(deviceNumber, senders.map(keyOf))
    return (message: ChatMessage): Person | null => (message.from_me === 1 ? null : people(keyOf(message.sender)))
  })

const kinds: Readonly<Record<string, ChatKind>> = {
  "s.whatsapp.net": "person",
  lid: "person",
  "g.us": "group",
  broadcast: "list",
  newsletter: "channel"
}

export const kindOf = (key: string): ChatKind => kinds[key.split("@")[1] ?? ""] ?? "other"
