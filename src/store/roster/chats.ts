/** Reading chats: their rows for lists, what the facts about them amount to, and the messages in them by time. */
import { Effect } from "effect"
import type { ExpressionBuilder, Kysely, Selectable } from "kysely"
import type { DatabaseShape } from "../database.ts"
import type { StoreUnavailable } from "../errors.ts"
import type { RosterChatFactTable, RosterChatTable, RosterMessageTable, Tables } from "../tables.ts"
import { MOVED } from "../projections/roster-chat.ts"
import { foldFacts, inOrder, isSet, orNone, textOf, timeOf } from "./fold.ts"

/** Times are epoch milliseconds. */
export interface Chat {
  /** A LID; the jid of a number while no LID is known; or the jid of a group, a list or a channel. */
  readonly key: string
  /** The phone's name for the chat, if it has one. */
  readonly name: string | null
  /** Of its last message; null where none is known. */
  readonly activeAt: number | null
  readonly unread: number
  /** What was said last of unread messages (events/chat.ts); `unread` has those that came after that as well. */
  readonly counted: { readonly count: number; readonly at: number } | null
  readonly isMarkedUnread: boolean
  readonly isListed: boolean
  /** Something was said of it besides the times of its messages. */
  readonly isTold: boolean
  /** It goes on under the LID of its person. */
  readonly isMoved: boolean
  /** Messages up to here were deleted with the chat. */
  readonly deletedAt: number | null
  /** Messages up to here were cleared, and the chat stayed. */
  readonly clearedAt: number | null
  readonly isArchived: boolean
  readonly pinnedAt: number | null
  /** FOR_EVER, a time, or null. */
  readonly mutedUntil: number | null
  readonly isReadOnly: boolean
  readonly isLocked: boolean
  readonly disappearingSeconds: number
}

export interface ChatPage {
  /** Chats after this one, in the order of the list. */
  readonly after: { readonly activeAt: number; readonly key: string } | undefined
  readonly limit: number
  /** Only those in the archive, or only those that are not. */
  readonly isArchived?: boolean | undefined
  readonly isUnread?: boolean | undefined
  /** Only those that are pinned to the top, or only those that are not. */
  readonly isPinned?: boolean | undefined
  /** Only those with a message at this time or later. */
  readonly activeSince?: number | undefined
}

/** A message in its chat. `position` and `place` tell it from others of the same second. */
export type ChatMessage = Selectable<RosterMessageTable>

export interface MessagePlace {
  readonly sentAt: number
  readonly position: number
  readonly place: number
}

export interface MessagePage {
  /** Messages older than this one. */
  readonly before: MessagePlace | undefined
  /** Messages newer than this time. */
  readonly after?: number | undefined
  /** Only those that others wrote; false: only the account's own. */
  readonly isReceived?: boolean | undefined
  readonly limit: number
}

type Found<A> = Effect.Effect<A, StoreUnavailable>

export interface ChatsShape {
  /** By their keys, those that are known. */
  readonly byKeys: (device: number, keys: readonly string[]) => Found<ReadonlyMap<string, Chat>>
  /** After how many seconds messages of a chat disappear, by the first of its keys that says so; 0: they stay. */
  readonly disappearingSeconds: (device: number, keys: readonly string[]) => Found<number>
  /** Listed chats, the last active first. */
  readonly list: (device: number, page: ChatPage) => Found<readonly Chat[]>
  /** The newest message of each. */
  readonly lastMessages: (device: number, keys: readonly string[]) => Found<ReadonlyMap<string, ChatMessage>>
  /** Messages of a chat, under any of its keys, the newest first. */
  readonly messages: (device: number, keys: readonly string[], page: MessagePage) => Found<readonly ChatMessage[]>
  /** Messages that others wrote, of all chats, the newest first. */
  readonly received: (device: number, page: Pick<MessagePage, "before" | "limit">) => Found<readonly ChatMessage[]>
  /** The oldest message that the phone has as well; undefined when none is known. */
  readonly oldest: (device: number, keys: readonly string[]) => Found<ChatMessage | undefined>
  /** How many chats are pinned to the top. */
  readonly countPinned: (device: number) => Found<number>
  /** Listed channels, the last active first. */
  readonly channels: (device: number, limit: number) => Found<readonly string[]>
  /** Whether anything was exchanged in it: a message arrived, WhatsApp took one of the account's, or the phone told of its last one. */
  readonly isInUse: (device: number, keys: readonly string[]) => Found<boolean>
}

export const makeChats = ({ query }: DatabaseShape): ChatsShape => ({
  byKeys: (device, keys) =>
    query(async (db) => {
      const rows = await rowsQuery(db, device, keys).execute()
      return new Map((await withFacts(db, device, rows)).map((chat) => [chat.key, chat]))
    }),
  disappearingSeconds: (device, keys) =>
    query((db) => chatFactsQuery(db, device, keys).execute()).pipe(
      Effect.map((facts) => {
        const byChat = Map.groupBy(facts, ({ chat }) => chat)
        const said = keys.map((key) => foldFacts(byChat.get(key) ?? [], ["disappearing_s"]).disappearing_s)
        return said.find((seconds) => seconds !== null) ?? 0
      })
    ),
  list: (device, page) =>
    query(async (db) => {
      const listings = page.isArchived === undefined ? [1, 2] : [page.isArchived ? 2 : 1]
      const pinned = page.isPinned === undefined ? undefined : await pinnedChats(db, device)
      const pages = await Promise.all(
        listings.map((listing) => chatPageQuery(db, device, listing, page, pinned).execute())
      )
      return withFacts(db, device, pages.flat().toSorted(byActivity).slice(0, page.limit))
    }),
  lastMessages: (device, keys) =>
    query(async (db) => {
      const rows = keys.length === 0 ? [] : await newestQuery(db, device, keys).execute()
      return new Map(rows.map((row) => [row.chat, row]))
    }),
  messages: (device, keys, page) =>
    query(async (db) => {
      const pages = await Promise.all(keys.map((key) => messagePageQuery(db, device, key, page).execute()))
      return pages.flat().toSorted(newestFirst).slice(0, page.limit)
    }),
  received: (device, page) => query((db) => receivedPageQuery(db, device, page).execute()),
  oldest: (device, keys) =>
    query(async (db) => {
      const oldest = await Promise.all(keys.map((key) => exchangedQuery(db, device, key).executeTakeFirst()))
      return oldest
        .filter((message) => message !== undefined)
        .toSorted(newestFirst)
        .at(-1)
    }),
  countPinned: (device) =>
    Effect.map(
      query((db) => pinnedChats(db, device)),
      ({ length }) => length
    ),
  channels: (device, limit) =>
    Effect.map(
      query((db) => channelsQuery(db, device, limit).execute()),
      (rows) => rows.map(({ chat }) => chat)
    ),
  isInUse: (device, keys) =>
    query(async (db) => {
      const exchanged = await Promise.all(keys.map((key) => exchangedQuery(db, device, key).executeTakeFirst()))
      if (exchanged.some((message) => message !== undefined)) return true
      const facts = await chatFactsQuery(db, device, keys).execute()
      return facts.some((fact) => fact.last_message_at !== null)
    })
})

type Row = Selectable<RosterChatTable>
type Fact = Selectable<RosterChatFactTable>

const COLUMNS = ["name", "marked_unread", "pinned_at", "muted_until", "read_only", "locked", "disappearing_s"] as const

/** Few chats were ever pinned. */
const pinnedChats = async (db: Kysely<Tables>, device: number): Promise<readonly string[]> => {
  const facts = Map.groupBy(await pinFactsQuery(db, device).execute(), ({ chat }) => chat)
  const isPinned = (of: readonly Fact[]) => timeOf(foldFacts(of, ["pinned_at"]).pinned_at) !== null
  return [...facts].filter(([, of]) => isPinned(of)).map(([chat]) => chat)
}

/** In the order of the rows. */
const withFacts = async (db: Kysely<Tables>, device: number, rows: readonly Row[]): Promise<readonly Chat[]> => {
  const keys = rows.map(({ chat }) => chat)
  const facts = Map.groupBy(await chatFactsQuery(db, device, keys).execute(), ({ chat }) => chat)
  return rows.map((row) => chatOf(row, facts.get(row.chat) ?? []))
}

const chatOf = (row: Row, facts: readonly Fact[]): Chat => {
  const said = foldFacts(facts, COLUMNS)
  const { unread: count = null, unread_at: at = null } = lastCount(facts) ?? {}
  return {
    key: row.chat,
    name: textOf(said.name),
    activeAt: timeOf(row.active_at),
    unread: row.unread,
    counted: count === null || at === null ? null : { count, at },
    isMarkedUnread: isSet(said.marked_unread),
    isListed: row.listing !== 0,
    isTold: facts.some((fact) => fact.archived !== null || COLUMNS.some((column) => fact[column] !== null)),
    isMoved: row.deleted_at === MOVED,
    deletedAt: latest(facts.map(({ deleted_at }) => deleted_at)),
    clearedAt: latest(facts.map(({ cleared_at }) => cleared_at)),
    isArchived: row.archived === 1,
    pinnedAt: timeOf(said.pinned_at),
    mutedUntil: timeOf(said.muted_until),
    isReadOnly: isSet(said.read_only),
    isLocked: isSet(said.locked),
    disappearingSeconds: said.disappearing_s ?? 0
  }
}

/** Null where there is none. */
const latest = (times: readonly (number | null)[]): number | null => {
  const known = times.filter((each) => each !== null)
  return known.length > 0 ? Math.max(...known) : null
}

/** Messages up to here went with the chat or were cleared; null where none did. */
export const goneUpTo = (...chats: readonly Pick<Chat, "deletedAt" | "clearedAt">[]): number | null =>
  latest(chats.flatMap(({ deletedAt, clearedAt }) => [deletedAt, clearedAt]))

/** As the projection has it: what is said of the newest message counts, whenever it is said. */
const lastCount = (facts: readonly Fact[]): Fact | undefined =>
  facts
    .filter(({ unread_at }) => unread_at !== null)
    .toSorted((one, other) => (one.unread_at ?? 0) - (other.unread_at ?? 0) || inOrder(one, other))
    .at(-1)

const byActivity = (one: Row, other: Row): number => other.active_at - one.active_at || (one.chat < other.chat ? 1 : -1)

const newestFirst = (one: ChatMessage, other: ChatMessage): number =>
  other.sent_at - one.sent_at || other.position - one.position || other.place - one.place

const rowsQuery = (db: Kysely<Tables>, device: number, keys: readonly string[]) =>
  db.selectFrom("roster_chat").selectAll().where("device", "=", device).where("chat", "in", orNone(keys))

const channelsQuery = (db: Kysely<Tables>, device: number, limit: number) =>
  db
    .selectFrom("roster_chat")
    .select("chat")
    .where("device", "=", device)
    .where("listing", "in", [1, 2])
    .where("chat", "like", "%@newsletter")
    .orderBy("active_at", "desc")
    .limit(limit)

/** Exported, like the others, for the test of its plan. */
export const chatFactsQuery = (db: Kysely<Tables>, device: number, keys: readonly string[]) =>
  db.selectFrom("roster_chat_fact").selectAll().where("device", "=", device).where("chat", "in", orNone(keys))

/** The facts of a device are read by its part of the primary key. */
export const pinFactsQuery = (db: Kysely<Tables>, device: number) =>
  db.selectFrom("roster_chat_fact").selectAll().where("device", "=", device).where("pinned_at", "is not", null)

/** The oldest message that arrived, or that WhatsApp took. */
export const exchangedQuery = (db: Kysely<Tables>, device: number, key: string) =>
  db
    .selectFrom("roster_message as said")
    .selectAll("said")
    .where("said.device", "=", device)
    .where("said.chat", "=", key)
    .where((is) =>
      is.or([
        is("said.from_me", "=", 0),
        is.exists(
          is
            .selectFrom("message")
            .select("message.message_id")
            .whereRef("message.device", "=", "said.device")
            .whereRef("message.message_id", "=", "said.message_id")
            .where("message.from_me", "=", 1)
            .where("message.status", "not in", ["queued", "failed"])
        )
      ])
    )
    .orderBy("said.sent_at")
    .orderBy("said.position")
    .orderBy("said.place")
    .limit(1)

export const chatPageQuery = (
  db: Kysely<Tables>,
  device: number,
  listing: number,
  { after, limit, isUnread, isPinned, activeSince }: ChatPage,
  pinned: readonly string[] = []
) =>
  db
    .selectFrom("roster_chat")
    .selectAll()
    .where("device", "=", device)
    .where("listing", "=", listing)
    .$if(after !== undefined, (rows) => {
      const { activeAt = 0, key = "" } = after ?? {}
      return rows
        .where("active_at", "<=", activeAt)
        .where((is) => is.or([is("active_at", "<", activeAt), is("chat", "<", key)]))
    })
    .$if(activeSince !== undefined, (rows) => rows.where("active_at", ">=", activeSince ?? 0))
    .$if(isUnread !== undefined, (rows) => (isUnread ? rows.where("unread", ">", 0) : rows.where("unread", "=", 0)))
    .$if(isPinned !== undefined, (rows) => rows.where("chat", isPinned ? "in" : "not in", orNone(pinned)))
    .orderBy("active_at", "desc")
    .orderBy("chat", "desc")
    .limit(limit)

/** One look for each chat, all in one statement. */
export const newestQuery = (db: Kysely<Tables>, device: number, keys: readonly string[]) => {
  const [first = "", ...others] = keys
  const newestOf = (key: string) =>
    db.selectFrom(messagePageQuery(db, device, key, { before: undefined, limit: 1 }).as("newest")).selectAll()
  return others.reduce((query, key) => query.unionAll(newestOf(key)), newestOf(first))
}

export const messagePageQuery = (
  db: Kysely<Tables>,
  device: number,
  chat: string,
  { before, after, isReceived, limit }: MessagePage
) =>
  db
    .selectFrom("roster_message")
    .selectAll()
    .where("device", "=", device)
    .where("chat", "=", chat)
    .where(isNotHidden)
    .$if(before !== undefined, (rows) => rows.where("sent_at", "<=", before?.sentAt ?? 0).where(isBefore(before)))
    .$if(after !== undefined, (rows) => rows.where("sent_at", ">", after ?? 0))
    .$if(isReceived !== undefined, (rows) => rows.where("from_me", "=", isReceived ? 0 : 1))
    .orderBy("sent_at", "desc")
    .orderBy("position", "desc")
    .orderBy("place", "desc")
    .limit(limit)

export const receivedPageQuery = (
  db: Kysely<Tables>,
  device: number,
  { before, limit }: Pick<MessagePage, "before" | "limit">
) =>
  db
    .selectFrom("roster_message")
    .selectAll()
    .where("device", "=", device)
    .where("from_me", "=", 0)
    .where(isNotHidden)
    .$if(before !== undefined, (rows) => rows.where("sent_at", "<=", before?.sentAt ?? 0).where(isBefore(before)))
    .orderBy("sent_at", "desc")
    .orderBy("position", "desc")
    .orderBy("place", "desc")
    .limit(limit)

const isBefore =
  ({ sentAt, position, place }: MessagePlace = { sentAt: 0, position: 0, place: 0 }) =>
  (is: ExpressionBuilder<Tables, "roster_message">) =>
    is.or([
      is("sent_at", "<", sentAt),
      is("position", "<", position),
      is.and([is("position", "=", position), is("place", "<", place)])
    ])

/** Looks up one row of an index for each message. */
const isNotHidden = (is: ExpressionBuilder<Tables, "roster_message">) =>
  is.not(
    is.exists(
      is
        .selectFrom("roster_mark as mark")
        .select("mark.position")
        .whereRef("mark.device", "=", "roster_message.device")
        .whereRef("mark.message_id", "=", "roster_message.message_id")
        .where("mark.mark", "=", "hidden")
        .whereRef("mark.from_me", "=", "roster_message.from_me")
        .where((of) =>
          of.or([
            of("mark.chat", "=", of.ref("roster_message.chat")),
            of("mark.other", "=", of.ref("roster_message.chat"))
          ])
        )
    )
  )
