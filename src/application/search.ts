/** Finds messages by their words, in one chat of a device or in all: what they say now, the newest first. */
import { Effect, Schema } from "effect"
import { textsOf } from "../events/texts.ts"
import type { Device } from "../store/devices.ts"
import type { ChatMessage, MessagePlace } from "../store/roster/chats.ts"
import { type Content, type MessageState, stateKey, unchanged } from "../store/roster/messages.ts"
import { Roster } from "../store/roster/roster.ts"
import type { FoundText, TextPage } from "../store/roster/search.ts"
import { matches, type Term, termsOf } from "../store/search/terms.ts"
import { wordsOf } from "../store/search/words.ts"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import { type ChatKind, findChat, kindOf, placeOf, type ReactedMessage, viewReacted } from "./chats.ts"
import { findDevice } from "./device-access.ts"
import { keysOfPeople, peopleBy, type Person } from "./names.ts"
import { pageOf } from "./paging.ts"
import type { Principal } from "./principal.ts"
import { deletionsOf } from "./received-messages.ts"

/** Rejection: a query without a word, or with more than a search may cost. */
export class QueryUnfit extends Schema.TaggedError<QueryUnfit>()("QueryUnfit", { reason: Schema.String }) {
  override get message(): string {
    return this.reason
  }
}

/** Words and phrases of a query, and beginnings of words among them. */
const TERMS_MAX = 32
const PREFIXES_MAX = 4

export interface Search {
  /** Any text; store/search/terms.ts says what it means. */
  readonly query: string
  /** A telephone number, a jid or a LID; undefined for all chats. */
  readonly chat?: string | undefined
  /** Only what the account wrote, or only what others wrote. */
  readonly fromMe?: boolean | undefined
  /** Only texts of this time or later, and of this time or earlier (epoch milliseconds). The text of an edit has the time of the edit. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Where a page ended: its `next`. */
  readonly before?: MessagePlace | undefined
  /** Leaves so many out, for clients that count pages: at most SKIP_MAX. */
  readonly skip?: number | undefined
  readonly limit: number
}

/** Each page that is skipped is searched again. */
export const SKIP_MAX = 2_000

export interface FoundMessage extends ReactedMessage {
  readonly chat: FoundChat
}

export interface FoundChat {
  /** The key under which the chat goes on now. */
  readonly id: string
  readonly kind: ChatKind
  /** Whose chat it is; null for a group's, a list's and a channel's. */
  readonly person: Person | null
  readonly name: string | null
}

/**
 * The messages whose text has all the words, and where the next page begins. Messages that were deleted, and those of a chat that was
 * deleted or cleared, are not found; an edited one is found by its new text. A page may be short or empty while there is a next one: where messages
 * are long, or many of them were edited or deleted.
 */
export const searchMessages = (principal: Principal, reference: string, search: Search) =>
  Effect.gen(function* () {
    return yield* searchDevice(yield* findDevice(principal, reference), search)
  })

/** The same for a device that was found. */
export const searchDevice = ({ deviceNumber }: Pick<Device, "deviceNumber">, search: Search) =>
  Effect.gen(function* () {
    const terms = yield* readQuery(search.query)
    const chats = search.chat === undefined ? undefined : (yield* findChat(deviceNumber, search.chat)).keys
    const { fromMe, since, until } = search
    const { found, scannedTo } = yield* gather(deviceNumber, { terms, chats, fromMe, since, until }, search)
    const { items, last } = pageOf(found, search.limit)
    const views = yield* viewReacted(
      deviceNumber,
      items.map(({ message }) => message)
    )
    const chatOf = yield* chatsOf(
      deviceNumber,
      items.map(({ message }) => message.chat)
    )
    const messages = views.map((view, i): FoundMessage => ({ ...view, chat: chatOf(items[i]?.message.chat ?? "") }))
    const next = views.length < items.length ? items[views.length - 1]?.place : (last?.place ?? scannedTo)
    return { messages, next }
  })

const readQuery = (query: string): Effect.Effect<readonly Term[], QueryUnfit> => {
  const terms = termsOf(query)
  const unfit = (reason: string) => new QueryUnfit({ reason })
  if (terms.length === 0) return unfit("must have a word: a letter, a digit or a pictograph")
  if (terms.length > TERMS_MAX) return unfit(`must have at most ${TERMS_MAX} words and phrases`)
  const prefixes = terms.filter(({ isPrefix }) => isPrefix).length
  if (prefixes > PREFIXES_MAX) return unfit(`must have at most ${PREFIXES_MAX} beginnings of words (\`fact*\`)`)
  return Effect.succeed(terms)
}

/** A message that says the words now, and the place of the text that says them. */
interface Current {
  readonly message: ChatMessage
  readonly place: MessagePlace
}

/** Texts that one search looks through at most; the next page goes on from there. */
const SCANNED_MAX = 4_000
const SCANNED_AT_ONCE = 200

/** One message more than `limit`, if there is one. `scannedTo`: the last text that was looked at, where the search ended before its end. */
const gather = (
  deviceNumber: number,
  page: Pick<TextPage, "terms" | "chats" | "fromMe" | "since" | "until">,
  { before: start, skip = 0, limit }: Pick<Search, "before" | "skip" | "limit">
) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const wanted = Math.min(skip, SKIP_MAX) + limit + 1
    const found: Current[] = []
    let before = start
    for (let scanned = 0; scanned < SCANNED_MAX; ) {
      const atOnce = Math.min(SCANNED_AT_ONCE, wanted - found.length)
      const texts = yield* roster.search.texts(deviceNumber, { ...page, before, limit: atOnce })
      found.push(...(yield* currentOf(deviceNumber, texts, page.terms)))
      const last = texts.at(-1)
      before = last && placeOfText(last)
      if (texts.length < atOnce || found.length >= wanted) return { found: found.slice(skip), scannedTo: undefined }
      scanned += texts.length
      yield* yieldToEventLoop
    }
    return { found: found.slice(skip), scannedTo: before }
  })

const placeOfText = ({ sent_at, position, place }: FoundText): MessagePlace => ({ sentAt: sent_at, position, place })

/** Of these texts, those that are what a message says now. In their order. */
const currentOf = (deviceNumber: number, texts: readonly FoundText[], terms: readonly Term[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const rows = texts.map((text): ChatMessage => ({ ...text, counted: 0, preview: null }))
    const states = yield* roster.messages.states(deviceNumber, rows)
    const goneOf = yield* deletionsOf(deviceNumber, [...new Set(texts.map(({ chat }) => chat))])
    const current: Current[] = []
    for (const text of rows) {
      const own = states.get(stateKey(text))
      const state = own ?? changedBy(text, states)
      if (state === undefined || state.revokedAt !== null || state.isHidden) continue
      if (state.editedIn !== text.position && state.editedIn !== null) {
        if (!(yield* saysStill(state, state.editedIn, text, terms))) continue
      } else if (own !== undefined && own.resentIn !== null) continue
      const message = own ? text : yield* roster.messages.at(deviceNumber, state.position, text.message_id)
      if (message === undefined || message.sent_at <= goneOf(message.chat)) continue
      current.push({ message, place: placeOf(text) })
    }
    return current
  })

/** The message whose text an edit changed last, or whose text came later. */
const changedBy = ({ position }: ChatMessage, states: ReadonlyMap<string, MessageState>): MessageState | undefined =>
  [...states.values()].find(({ editedIn, resentIn }) => editedIn === position || resentIn === position)

/**
 * Whether an edited message has the words, but not those of the edit alone, which is a text of its own: the name of a file whose caption
 * was edited.
 */
const saysStill = (state: MessageState, editedIn: number, { place }: ChatMessage, terms: readonly Term[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { position, resentIn } = state
    const now = { position, place, resentIn, editedIn }
    const edit = { position: editedIn, place: 0, ...unchanged }
    const [said, changed] = yield* roster.messages.said([now, edit], Number.MAX_SAFE_INTEGER)
    return says(said?.content, terms) && !says(changed?.content, terms)
  })

const says = (content: Content | undefined, terms: readonly Term[]): boolean =>
  content !== undefined && matches(wordsOf(textsOf(content)), terms)

const chatsOf = (deviceNumber: number, keys: readonly string[]) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const keyOf = yield* keysOfPeople(deviceNumber, keys)
    const people = yield* peopleBy(deviceNumber, keys.map(keyOf))
    const ofGroups = [...new Set(keys)].filter((key) => kindOf(key) === "group")
    const groups = yield* roster.groups.byIds(deviceNumber, ofGroups)
    return (key: string): FoundChat => {
      const id = keyOf(key)
      const kind = kindOf(id)
      const person = kind === "person" ? people(id) : null
      return { id, kind, person, name: person?.name ?? groups.get(key)?.subject ?? null }
    }
  })
