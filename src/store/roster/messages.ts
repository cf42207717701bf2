/** Messages of a chat with what they consist of, and what became of them since. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { IncomingContent, OutgoingContent } from "../../events/content.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { HistoryMessage } from "../../events/message.ts"
import { chatKey } from "../../events/roster-key.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readPosition } from "../log/event-log-queries.ts"
import type { MessageStatus } from "../messages.ts"
import { edited, type Said } from "../said.ts"
import type { Tables } from "../tables.ts"
import type { ChatMessage, MessagePlace } from "./chats.ts"
import { orNone } from "./fold.ts"
import { readMarks } from "./marks.ts"

export type Content = OutgoingContent | IncomingContent

export interface MessageState {
  /** The event that holds the message. */
  readonly position: number
  readonly status: MessageStatus
  readonly editedAt: number | null
  readonly revokedAt: number | null
  /** The event that brought its content, where it came without one. */
  readonly resentIn: number | null
  /** The event with its last words, where it was edited. */
  readonly editedIn: number | null
  /** Why it will not be sent. */
  readonly failure: { readonly code: string; readonly text: string } | null
  readonly isStarred: boolean
  /** It was deleted for the account alone. */
  readonly isHidden: boolean
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface ChatMessagesShape {
  /** By `position|messageId`, those that are there. */
  readonly states: (device: number, messages: readonly ChatMessage[]) => Found<ReadonlyMap<string, MessageState>>
  /**
   * What the first of these messages say, as long as it fits into so many characters: at least one, if there is one. Undefined where the
   * content was erased.
   */
  readonly said: (messages: readonly ContentPlace[], charactersMax: number) => Found<readonly (Said | undefined)[]>
  /** Where a message that others wrote stands; undefined if there is none with this id. The oldest of several. */
  readonly placeOf: (device: number, messageId: string) => Found<MessagePlace | undefined>
  /** The messages of this id in a chat, under any of its keys: several when senders chose the same. None that is hidden. */
  readonly withId: (device: number, keys: readonly string[], messageId: string) => Found<readonly ChatMessage[]>
  /** A message by its event; undefined where that was erased. */
  readonly at: (device: number, position: number, messageId: string) => Found<ChatMessage | undefined>
}

/** The event that holds a message's content, and the message's place in it. */
export interface ContentPlace {
  readonly position: number
  readonly place: number
  readonly resentIn: number | null
  readonly editedIn: number | null
}

/** For a message that stays as it arrived. */
export const unchanged = { resentIn: null, editedIn: null }

export const stateKey = ({ position, message_id }: Pick<ChatMessage, "position" | "message_id">): string =>
  `${position}|${message_id}`

export const makeChatMessages = ({ query }: DatabaseShape): ChatMessagesShape => ({
  states: (device, messages) =>
    query(async (db) => {
      const ids = messages.map(({ message_id }) => message_id)
      const rows = await statesQuery(db, device, ids).execute()
      const hasMark = await readMarks(db, device, ids)
      const changed = rows.filter(({ edited_at, kind }) => edited_at !== null || kind === "unavailable")
      const marks =
        changed.length === 0
          ? []
          : await marksQuery(
              db,
              device,
              changed.map((row) => row.message_id)
            ).execute()
      return new Map(
        rows.map((row) => {
          const isOfIt = (mark: (typeof marks)[number]) =>
            mark.message_id === row.message_id &&
            mark.position > row.position &&
            mark.chat === row.chat &&
            mark.from_me === row.from_me &&
            (row.from_me === 1 || mark.sender === row.sender)
          const { chat, message_id: messageId } = row
          const marked = { chat, messageId, fromMe: row.from_me === 1 }
          const state = {
            position: row.position,
            status: row.status as MessageStatus,
            editedAt: row.edited_at,
            revokedAt: row.revoked_at,
            resentIn: marks.findLast((each) => each.mark === "resent" && isOfIt(each))?.position ?? null,
            editedIn: marks.findLast((each) => each.mark === "edited" && isOfIt(each))?.position ?? null,
            failure: row.failure_code === null ? null : { code: row.failure_code, text: row.failure_text ?? "" },
            isStarred: hasMark("starred", marked),
            isHidden: hasMark("hidden", marked)
          }
          return [stateKey(row), state]
        })
      )
    }),
  said: (messages, charactersMax) =>
    Effect.gen(function* () {
      const all: (Said | undefined)[] = []
      let characters = 0
      let last: { readonly position: number; readonly said: readonly Said[] } | undefined
      // One event at a time: a batch of the history holds many messages.
      const saidAt = (position: number) =>
        Effect.gen(function* () {
          if (last?.position === position) return last.said
          const recorded = yield* query((db) => readPosition(db, position))
          last = { position, said: recorded ? saidIn(readEvent(recorded)) : [] }
          return last.said
        })
      for (const { position, place, resentIn, editedIn } of messages) {
        const [first] = resentIn === null ? [(yield* saidAt(position))[place]] : yield* saidAt(resentIn)
        const [edit] = editedIn === null ? [] : yield* saidAt(editedIn)
        const said = first && edit ? edited(first, edit) : (edit ?? first)
        characters += said === undefined ? 0 : JSON.stringify(said.content).length
        if (all.length > 0 && characters > charactersMax) return all
        all.push(said)
      }
      return all
    }),
  placeOf: (device, messageId) =>
    query(async (db) => {
      const row = await receivedQuery(db, device, messageId).executeTakeFirst()
      const recorded = row && (await readPosition(db, row.position))
      const event = recorded && readEvent(recorded)
      if (recorded === undefined || (event?.type !== "message.received" && event?.type !== "history.synced")) {
        return undefined
      }
      const messages = event.type === "message.received" ? [event.data] : event.data.messages
      const place = messages.findIndex((message) => message.messageId === messageId && !message.fromMe)
      const sentAt = messages[place]?.sentAt
      return sentAt === undefined ? undefined : { sentAt, position: recorded.position, place }
    }),
  withId: (device, keys, messageId) =>
    query(async (db) => {
      const found: ChatMessage[] = []
      const hasMark = await readMarks(db, device, [messageId])
      for (const { position } of await statesQuery(db, device, [messageId]).limit(SAME_ID_MAX).execute()) {
        const recorded = await readPosition(db, position)
        const message = recorded && messageIn(device, recorded, messageId)
        if (message === undefined || !keys.includes(message.chat)) continue
        if (!hasMark("hidden", { chat: message.chat, messageId, fromMe: message.from_me === 1 })) found.push(message)
      }
      return found
    }),
  at: (device, position, messageId) =>
    query(async (db) => {
      const recorded = await readPosition(db, position)
      return recorded && messageIn(device, recorded, messageId)
    })
})

/** Of messages with one id on one device, which senders have chosen. */
const SAME_ID_MAX = 10

const messageIn = (device: number, recorded: RecordedEvent, messageId: string): ChatMessage | undefined => {
  const event = readEvent(recorded)
  const { position, recordedAt } = recorded
  if (event?.type === "message.queued") {
    const message = { ...event.data, sender: "", fromMe: true, sentAt: recordedAt - (recordedAt % 1_000) }
    return rowOf(device, { position, place: 0 }, message)
  }
  if (event?.type !== "message.received" && event?.type !== "history.synced") return undefined
  const messages = event.type === "message.received" ? [event.data] : event.data.messages
  const place = messages.findIndex((message) => message.messageId === messageId)
  const message = messages[place]
  return message && rowOf(device, { position, place }, message)
}

type Arrived = Pick<HistoryMessage, "messageId" | "chat" | "chatAlt" | "sender" | "fromMe" | "sentAt"> & {
  readonly content: Content
}

const rowOf = (
  device: number,
  { position, place }: Pick<MessagePlace, "position" | "place">,
  { messageId, chat, chatAlt, sender, fromMe, sentAt, content }: Arrived
): ChatMessage => ({
  device,
  chat: chatKey(chat, chatAlt).key,
  sent_at: sentAt,
  position,
  place,
  message_id: messageId,
  sender,
  from_me: fromMe ? 1 : 0,
  counted: 0,
  kind: content.kind,
  preview: null
})

/** What the messages of an event say, in their order. */
const saidIn = (event: ReturnType<typeof readEvent>): readonly Said[] => {
  switch (event?.type) {
    case "message.queued":
      return [{ ...event.data, sender: null, senderAlt: null }]
    case "message.received":
    case "message.resent":
    case "message.edited":
      return [event.data]
    case "history.synced":
      return event.data.messages
    default:
      return []
  }
}

/** Exported, like the others, for the test of its plan. */
export const statesQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db
    .selectFrom("message")
    .select(["message_id", "chat", "sender", "from_me", "kind", "status", "edited_at", "revoked_at", "position"])
    .select(["failure_code", "failure_text"])
    .where("device", "=", device)
    .where("message_id", "in", orNone(ids))

export const receivedQuery = (db: Kysely<Tables>, device: number, messageId: string) =>
  db
    .selectFrom("message")
    .select("position")
    .where("device", "=", device)
    .where("message_id", "=", messageId)
    .where("from_me", "=", 0)
    .orderBy("position")
    .limit(1)

export const marksQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db
    .selectFrom("message_mark")
    .select(["message_id", "chat", "sender", "from_me", "mark", "position"])
    .where("device", "=", device)
    .where("message_id", "in", orNone(ids))
    .where("mark", "in", ["edited", "resent"])
    .orderBy("position")
