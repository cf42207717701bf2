/** Messages of a chat with what they consist of, and what became of them since. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { IncomingContent, OutgoingContent } from "../../events/content.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import { readPosition } from "../log/event-log-queries.ts"
import type { MessageStatus } from "../messages.ts"
import { edited, type Said } from "../said.ts"
import type { Tables } from "../tables.ts"
import { wholeSecond } from "../projections/roster-chat.ts"
import type { ChatMessage, MessagePlace } from "./chats.ts"
import { orNone } from "./fold.ts"

export type Content = OutgoingContent | IncomingContent

export interface MessageState {
  readonly status: MessageStatus
  readonly editedAt: number | null
  readonly revokedAt: number | null
  /** The event that brought its content, where it came without one. */
  readonly resentIn: number | null
  /** The event with its last words, where it was edited. */
  readonly editedIn: number | null
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
  /** The message of a chat, under any of its keys, with this id: one that was sent first, then the oldest. */
  readonly find: (device: number, keys: readonly string[], messageId: string) => Found<ChatMessage | undefined>
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
          const state = {
            status: row.status as MessageStatus,
            editedAt: row.edited_at,
            revokedAt: row.revoked_at,
            resentIn: marks.findLast((each) => each.mark === "resent" && isOfIt(each))?.position ?? null,
            editedIn: marks.findLast((each) => each.mark === "edited" && isOfIt(each))?.position ?? null
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
      return recorded && placesIn(recorded, messageId).find(({ fromMe }) => !fromMe)
    }),
  find: (device, keys, messageId) =>
    query(async (db) => {
      for (const { position } of await sameIdQuery(db, device, messageId).execute()) {
        const recorded = await readPosition(db, position)
        for (const place of recorded === undefined ? [] : placesIn(recorded, messageId)) {
          const found = await placeQuery(db, device, keys, place).executeTakeFirst()
          if (found !== undefined) return found
        }
      }
      return undefined
    })
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

/** Where the messages of this id stand that an event brought. */
const placesIn = (
  recorded: RecordedEvent,
  messageId: string
): readonly (MessagePlace & { readonly fromMe: boolean })[] => {
  const { position, recordedAt } = recorded
  const event = readEvent(recorded)
  switch (event?.type) {
    case "message.queued":
      return event.data.messageId === messageId
        ? [{ sentAt: wholeSecond(recordedAt), position, place: 0, fromMe: true }]
        : []
    case "message.received":
    case "history.synced": {
      const messages = event.type === "message.received" ? [event.data] : event.data.messages
      return messages.flatMap(({ messageId: id, sentAt, fromMe }, place) =>
        id === messageId ? [{ sentAt, position, place, fromMe }] : []
      )
    }
    default:
      return []
  }
}

/** Exported, like the others, for the test of its plan. */
export const statesQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db
    .selectFrom("message")
    .select(["message_id", "chat", "sender", "from_me", "kind", "status", "edited_at", "revoked_at", "position"])
    .where("device", "=", device)
    .where("message_id", "in", orNone(ids))

/** Of messages with one id on one device, which senders have chosen. */
const SAME_ID_MAX = 10

export const sameIdQuery = (db: Kysely<Tables>, device: number, messageId: string) =>
  db
    .selectFrom("message")
    .select("position")
    .where("device", "=", device)
    .where("message_id", "=", messageId)
    .orderBy("from_me", "desc")
    .orderBy("position")
    .limit(SAME_ID_MAX)

export const placeQuery = (
  db: Kysely<Tables>,
  device: number,
  keys: readonly string[],
  { sentAt, position, place }: MessagePlace
) =>
  db
    .selectFrom("roster_message")
    .selectAll()
    .where("device", "=", device)
    .where("chat", "in", orNone(keys))
    .where("sent_at", "=", sentAt)
    .where("position", "=", position)
    .where("place", "=", place)

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
