/** Reads the messages that a device received from others, in one chat or in all. */
import { Effect, Schema } from "effect"
import type { Device } from "../store/devices.ts"
import { type ChatMessage, goneUpTo, type MessagePlace } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import { findChat, type MessageView, placeOf, viewMessages } from "./chats.ts"
import { keysOfPeople, peopleBy, type Person } from "./names.ts"

/** Rejection: the page is to begin after a message that the device has not received. */
export class MessageUnknown extends Schema.TaggedError<MessageUnknown>()("MessageUnknown", {
  messageId: Schema.String
}) {
  override get message(): string {
    return `there is no received message ${this.messageId}`
  }
}

export interface ReceivedMessage {
  readonly message: MessageView
  /** The person whose chat it is in; `id` is the group, the list or the channel if it is none of a person. */
  readonly chat: Person
}

export interface ReceivedPage {
  /** A telephone number, a jid or a LID; undefined for all chats. */
  readonly chat: string | undefined
  /** Older messages than the one of this id, or than this time (epoch milliseconds). */
  readonly before: string | number | undefined
  readonly limit: number
}

/** The newest first. A page of long messages may be short. A chat that the owner deleted or cleared has no messages from before. */
export const listReceived = ({ deviceNumber }: Device, { chat, before, limit }: ReceivedPage) =>
  Effect.gen(function* () {
    const read = yield* chat === undefined ? Effect.succeed(pageOfAll(deviceNumber)) : pageOfChat(deviceNumber, chat)
    const found: ChatMessage[] = []
    let from = yield* placeBefore(deviceNumber, before)
    for (let isMore = true; isMore && found.length < limit; ) {
      const page = yield* read({ before: from, limit })
      found.push(...page.shown)
      from = page.last && placeOf(page.last)
      isMore = page.isFull
    }
    const rows = found.slice(0, limit)
    const messages = yield* viewMessages(deviceNumber, rows)
    const people = yield* peopleBy(
      deviceNumber,
      rows.map((row) => row.chat)
    )
    return messages.map((message, i): ReceivedMessage => ({ message, chat: people(rows[i]?.chat ?? "") }))
  })

interface Page {
  readonly before: MessagePlace | undefined
  readonly limit: number
}

const pageOfChat = (deviceNumber: number, chat: string) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { keys, gone } = yield* findChat(deviceNumber, chat)
    const after = gone === null ? {} : { after: gone }
    return (page: Page) =>
      Effect.map(roster.chats.messages(deviceNumber, keys, { ...page, ...after, isReceived: true }), (shown) => ({
        shown,
        last: shown.at(-1),
        isFull: false
      }))
  })

const pageOfAll = (deviceNumber: number) => (page: Page) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const found = yield* roster.chats.received(deviceNumber, page)
    const goneOf = yield* deletionsOf(deviceNumber, [...new Set(found.map(({ chat }) => chat))])
    const shown = found.filter(({ chat, sent_at }) => sent_at > goneOf(chat))
    return { shown, last: found.at(-1), isFull: found.length === page.limit }
  })

/** Until when each chat's messages were deleted with it or cleared, under its person's LID or number; -1 for a chat that was not. */
export const deletionsOf = (deviceNumber: number, keys: readonly string[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const lidOf = yield* keysOfPeople(deviceNumber, keys)
    const people = yield* peopleBy(deviceNumber, keys.map(lidOf))
    const namesOf = (key: string): readonly string[] => {
      const { number } = people(lidOf(key))
      return [key, lidOf(key), ...(number === null ? [] : [`${number}@s.whatsapp.net`])]
    }
    const chats = yield* roster.chats.byKeys(deviceNumber, [...new Set(keys.flatMap(namesOf))])
    return (key: string): number => goneUpTo(...namesOf(key).flatMap((name) => chats.get(name) ?? [])) ?? -1
  })

const placeBefore = (deviceNumber: number, before: string | number | undefined) =>
  Effect.gen(function* () {
    if (before === undefined) return undefined
    if (typeof before === "number") return { sentAt: before, position: 0, place: 0 }
    const roster = yield* Roster
    const place = yield* roster.messages.placeOf(deviceNumber, before)
    return place ?? (yield* new MessageUnknown({ messageId: before }))
  })
