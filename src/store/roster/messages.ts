/** Messages of a chat with what they consist of, and what became of them since. */
import { Effect } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { IncomingContent, OutgoingContent } from "../../events/message.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readPosition } from "../log/event-log-queries.ts"
import type { MessageStatus } from "../messages.ts"
import type { Tables } from "../tables.ts"
import type { ChatMessage } from "./chats.ts"
import { orNone } from "./fold.ts"

export type Content = OutgoingContent | IncomingContent

export interface MessageState {
  readonly status: MessageStatus
  readonly editedAt: number | null
  readonly revokedAt: number | null
  /** The event with its last words, where it was edited. */
  readonly editedIn: number | null
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface ChatMessagesShape {
  /** By `position|messageId`, those that are there. */
  readonly states: (device: number, messages: readonly ChatMessage[]) => Found<ReadonlyMap<string, MessageState>>
  /**
   * What the first of these messages consist of, as long as it fits into so many characters: at least one, if there is one. Undefined
   * where the content was erased.
   */
  readonly contents: (
    messages: readonly ContentPlace[],
    charactersMax: number
  ) => Found<readonly (Content | undefined)[]>
}

/** The event that holds a message's content, and the message's place in it. */
export interface ContentPlace {
  readonly position: number
  readonly place: number
}

export const stateKey = ({ position, message_id }: Pick<ChatMessage, "position" | "message_id">): string =>
  `${position}|${message_id}`

export const makeChatMessages = ({ query }: DatabaseShape): ChatMessagesShape => ({
  states: (device, messages) =>
    query(async (db) => {
      const ids = messages.map(({ message_id }) => message_id)
      const rows = await statesQuery(db, device, ids).execute()
      const edited = rows.filter(({ edited_at }) => edited_at !== null)
      const marks =
        edited.length === 0
          ? []
          : await editsQuery(
              db,
              device,
              edited.map((row) => row.message_id)
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
            editedIn: marks.findLast(isOfIt)?.position ?? null
          }
          return [stateKey(row), state]
        })
      )
    }),
  contents: (messages, charactersMax) =>
    Effect.gen(function* () {
      const contents: (Content | undefined)[] = []
      let characters = 0
      let last: { readonly position: number; readonly contents: readonly (Content | undefined)[] } | undefined
      for (const { position, place } of messages) {
        if (last?.position !== position) {
          // One event at a time: a batch of the history holds many messages.
          const recorded = yield* query((db) => readPosition(db, position))
          last = { position, contents: recorded ? contentsIn(readEvent(recorded)) : [] }
        }
        const content = last.contents[place]
        characters += content === undefined ? 0 : JSON.stringify(content).length
        if (contents.length > 0 && characters > charactersMax) return contents
        contents.push(content)
      }
      return contents
    })
})

const contentsIn = (event: ReturnType<typeof readEvent>): readonly (Content | undefined)[] => {
  switch (event?.type) {
    case "message.queued":
    case "message.received":
    case "message.edited":
      return [event.data.content]
    case "history.synced":
      return event.data.messages.map(({ content }) => content)
    default:
      return []
  }
}

/** Exported, like the other, for the test of its plan. */
export const statesQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db
    .selectFrom("message")
    .select(["message_id", "chat", "sender", "from_me", "status", "edited_at", "revoked_at", "position"])
    .where("device", "=", device)
    .where("message_id", "in", orNone(ids))

export const editsQuery = (db: Kysely<Tables>, device: number, ids: readonly string[]) =>
  db
    .selectFrom("message_mark")
    .select(["message_id", "chat", "sender", "from_me", "position"])
    .where("device", "=", device)
    .where("message_id", "in", orNone(ids))
    .where("mark", "=", "edited")
    .orderBy("position")
