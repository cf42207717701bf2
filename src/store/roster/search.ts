/** Reading the index of texts (projections/message-text.ts): which messages have some words, the newest first. */
import type { Effect } from "effect"
import { type ExpressionBuilder, type Kysely, type RawBuilder, sql } from "kysely"
import type { DatabaseShape } from "../database.ts"
import type { Dialect } from "../dialect/dialect.ts"
import type { StoreUnavailable } from "../errors.ts"
import { SECOND_MAX, SLOTS } from "../projections/message-text.ts"
import { authorFacet, chatFacet, deviceFacet } from "../search/facets.ts"
import type { Term } from "../search/terms.ts"
import type { MessageTextTable, Tables } from "../tables.ts"
import type { MessagePlace } from "./chats.ts"

/** A text that a message has or had: its own, that of an edit, or one that came later. `message_id` is the message's. */
export type FoundText = Omit<MessageTextTable, "words">

export interface TextPage {
  /** At least one. All of them occur in each text. */
  readonly terms: readonly Term[]
  /** The names of a chat; undefined for all chats. */
  readonly chats: readonly string[] | undefined
  readonly fromMe: boolean | undefined
  /** Texts of this time or later, and of this time or earlier (epoch milliseconds). */
  readonly since: number | undefined
  readonly until: number | undefined
  /** Texts older than this one. */
  readonly before: MessagePlace | undefined
  readonly limit: number
}

export interface SearchShape {
  /** Texts that have the words, the newest first. One that was edited since is among them. */
  readonly texts: (device: number, page: TextPage) => Effect.Effect<readonly FoundText[], StoreUnavailable>
}

export const makeSearch = ({ dialect, query }: DatabaseShape): SearchShape => ({
  texts: (device, page) => query((db) => textsQuery(dialect.name, db, device, page).execute())
})

const columns = [
  "message_text.device",
  "chat",
  "sent_at",
  "position",
  "place",
  "message_id",
  "sender",
  "from_me",
  "kind"
] as const

/** Exported for the test of its plan. */
export const textsQuery = (name: Dialect["name"], db: Kysely<Tables>, device: number, page: TextPage) => {
  const isSqlite = name === "sqlite"
  return db
    .selectFrom("message_text")
    .select(columns)
    .$if(isSqlite, (rows) =>
      // FTS5 gives its rows in the order of their numbers, and stops at the last one that is wanted.
      rows
        .innerJoin(sql<object>`message_search`.as("found"), (join) =>
          join.on(sql<boolean>`message_text.id = found.rowid`)
        )
        .where(sql<boolean>`message_search MATCH ${matchOf(device, page)}`)
        .where(numbersOf(page))
        .orderBy(sql`found.rowid`, "desc")
    )
    .$if(!isSqlite, (rows) =>
      rows
        .where(sql<boolean>`MATCH (words) AGAINST (${booleanOf(device, page)} IN BOOLEAN MODE)`)
        .orderBy("sent_at", "desc")
        .orderBy("position", "desc")
        .orderBy("place", "desc")
    )
    .$if(page.since !== undefined, (rows) => rows.where("sent_at", ">=", page.since ?? 0))
    .$if(page.until !== undefined, (rows) => rows.where("sent_at", "<=", page.until ?? 0))
    .$if(page.before !== undefined, (rows) => rows.where(isBefore(page.before)))
    .limit(page.limit)
}

const isBefore =
  ({ sentAt, position, place }: MessagePlace = { sentAt: 0, position: 0, place: 0 }) =>
  (is: ExpressionBuilder<Tables, "message_text">) =>
    is.and([
      is("sent_at", "<=", sentAt),
      is.or([
        is("sent_at", "<", sentAt),
        is("position", "<", position),
        is.and([is("position", "=", position), is("place", "<", place)])
      ])
    ])

/** FTS5 takes a bound for its rows only from an integer: JavaScript's numbers arrive as floating point. */
const numbersOf = ({ since = 0, until, before }: TextPage): RawBuilder<boolean> => {
  const last = Math.min(until ?? Number.MAX_SAFE_INTEGER, before?.sentAt ?? Number.MAX_SAFE_INTEGER)
  return sql`found.rowid BETWEEN CAST(${firstOf(since)} AS INTEGER) AND CAST(${firstOf(last) + SLOTS - 1} AS INTEGER)`
}

const firstOf = (time: number): number => Math.max(0, Math.min(Math.floor(time / 1_000), SECOND_MAX)) * SLOTS

type Facets = Pick<TextPage, "chats" | "fromMe">

/** Each of these is one word of the index, or some of which one has to occur. */
const facetsOf = (device: number, { chats, fromMe }: Facets): readonly (readonly string[])[] => {
  const ofChats = chats?.map((chat) => chatFacet(device, chat)) ?? []
  const ofAuthor = fromMe === undefined ? [] : [authorFacet(device, fromMe)]
  const all = [...(ofChats.length > 0 ? [ofChats] : []), ...(ofAuthor.length > 0 ? [ofAuthor] : [])]
  return all.length > 0 ? all : [[deviceFacet(device)]]
}

/** The query in FTS5's words. Its parts are words of the index, which need no escaping. */
const matchOf = (device: number, { terms, ...facets }: TextPage): string =>
  [
    ...terms.map(({ words, isPrefix }) => `"${words.join(" ")}"${isPrefix ? " *" : ""}`),
    ...facetsOf(device, facets).map((some) => `(${some.map((word) => `"${word}"`).join(" OR ")})`)
  ].join(" AND ")

/** The same in the words of MySQL's boolean mode. */
const booleanOf = (device: number, { terms, ...facets }: TextPage): string =>
  [
    ...terms.map(({ words, isPrefix }) => {
      if (isPrefix) return `+${words.join(" ")}*`
      return words.length === 1 ? `+${words.join(" ")}` : `+"${words.join(" ")}"`
    }),
    ...facetsOf(device, facets).map((some) => `+(${some.join(" ")})`)
  ].join(" ")
