/** What people did to messages: their reactions, and their votes in polls. Read along the index of event subjects. */
import type { Effect } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { Author } from "../../events/context.ts"
import type { HistoryMessage } from "../../events/message.ts"
import { chatKey } from "../../events/roster-key.ts"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import { readPosition, readPositions } from "../log/event-log-queries.ts"
import { messageSubject } from "../projections/subject.ts"
import type { Tables } from "../tables.ts"
import type { ChatMessage } from "./chats.ts"
import { stateKey } from "./messages.ts"

/** Times are epoch milliseconds; null where the phone did not tell when. */
export interface Deed extends Author {
  /** The id of the deed's own message; null for one that came with the history. */
  readonly messageId: string | null
  readonly at: number | null
}

/** `emoji` null: taken back. */
export interface Reaction extends Deed {
  readonly emoji: string | null
}

export interface Vote extends Deed {
  readonly options: readonly { readonly hash: string; readonly name: string | null }[]
}

/** The oldest first. A later deed of a person replaces the earlier ones. */
export interface Deeds {
  readonly reactions: readonly Reaction[]
  readonly votes: readonly Vote[]
}

export interface DeedsShape {
  /** By `stateKey`, of those messages to which something was done. */
  readonly of: (
    device: number,
    messages: readonly ChatMessage[]
  ) => Effect.Effect<ReadonlyMap<string, Deeds>, StoreUnavailable>
}

/** Of all messages that are asked about at once; the newest count. */
const DEEDS_MAX = 2_000

export const makeDeeds = ({ query }: DatabaseShape): DeedsShape => ({
  of: (device, messages) =>
    query(async (db) => {
      const rows = messages.length === 0 ? [] : await deedsQuery(db, device, messages).execute()
      const positions = rows.map(({ position }) => position).toReversed()
      const events = (await readPositions(db, positions)).map(readEvent)
      const past = await pastOf(db, messages)
      return new Map(
        messages.flatMap((message) => {
          const deeds = deedsIn(message, past.get(stateKey(message)), events)
          return deeds.reactions.length + deeds.votes.length > 0 ? [[stateKey(message), deeds] as const] : []
        })
      )
    })
})

/** What the history told of these messages. One event at a time: a batch of the history holds many messages. */
const pastOf = async (db: Kysely<Tables>, messages: readonly ChatMessage[]): Promise<ReadonlyMap<string, Past>> => {
  const all = new Map<string, Past>()
  for (const [position, ofOne] of Map.groupBy(messages, (message) => message.position)) {
    const recorded = await readPosition(db, position)
    const event = recorded && readEvent(recorded)
    if (event?.type !== "history.synced") continue
    for (const message of ofOne) {
      const { reactions = [], votes = [] } = event.data.messages[message.place] ?? {}
      all.set(stateKey(message), { reactions, votes })
    }
  }
  return all
}

type Event = ReturnType<typeof readEvent>
type Past = Required<Pick<HistoryMessage, "reactions" | "votes">>

const deedsIn = (message: ChatMessage, past: Past | undefined, events: readonly Event[]): Deeds => {
  const messageId = null
  const reactions: Reaction[] = (past?.reactions ?? []).map(({ jid, alt, fromMe, at, emoji }) => {
    return { jid, alt, fromMe, at, emoji, messageId }
  })
  const votes: Vote[] = (past?.votes ?? []).map(({ jid, alt, fromMe, at, options }) => {
    return { jid, alt, fromMe, at, options, messageId }
  })
  for (const event of events) {
    if (event?.type !== "message.reacted" && event?.type !== "message.voted") continue
    const { target, chat, chatAlt, sender, senderAlt, fromMe, messageId, sentAt } = event.data
    // A sender chooses ids: only the same chat's message is meant.
    if (target !== message.message_id || !isSameChat(message.chat, chat, chatAlt)) continue
    const deed: Deed = { jid: sender, alt: senderAlt, fromMe, messageId, at: sentAt }
    if (event.type === "message.reacted") {
      // What is still sealed says nothing.
      if (event.data.sealed === undefined) reactions.push({ ...deed, emoji: event.data.emoji })
    } else if (event.data.options !== null) votes.push({ ...deed, options: event.data.options })
  }
  return { reactions: inOrder(reactions), votes: inOrder(votes) }
}

const isSameChat = (key: string, chat: string, chatAlt: string | null): boolean => {
  const named = chatKey(chat, chatAlt)
  return key === named.key || key === named.other || key === chat
}

/** By time; those of the history, which may lack it, come first. */
const inOrder = <D extends Deed>(deeds: readonly D[]): readonly D[] =>
  deeds.toSorted((one, other) => (one.at ?? 0) - (other.at ?? 0))

/** Exported for the test of its plan. */
export const deedsQuery = (db: Kysely<Tables>, device: number, messages: readonly Pick<ChatMessage, "message_id">[]) =>
  db
    .selectFrom("event_subject")
    .innerJoin("event_log", "event_log.position", "event_subject.position")
    .select("event_subject.position")
    .where(
      "event_subject.subject",
      "in",
      messages.map(({ message_id }) => messageSubject(message_id))
    )
    .where("event_subject.device", "=", device)
    .where("event_log.type", "in", ["message.reacted", "message.voted"])
    .orderBy("event_subject.position", "desc")
    .limit(DEEDS_MAX)
