/** The newest messages of a chat that a client looks for. Where the store has too few, the phone is asked for older ones. */
import { Effect } from "effect"
import type { Origin } from "../events/envelope.ts"
import type { Device } from "../store/devices.ts"
import type { ChatMessage, MessagePlace } from "../store/roster/chats.ts"
import { Roster } from "../store/roster/roster.ts"
import { findChat, placeOf, viewMessages } from "./chats.ts"
import type { FoundMessage } from "./found-message.ts"
import { requestHistory } from "./older-messages.ts"
import type { Principal } from "./principal.ts"

export interface MessageSearch {
  readonly limit: number
  /** Only those of this account, or only those of others. */
  readonly fromMe?: boolean | undefined
  /** Only those of this time (epoch milliseconds) and later. */
  readonly since?: number | undefined
}

/** Long contents are read in parts of about a million characters. */
const PARTS_MAX = 8

/** The oldest first. Notices of what was changed about the chat are left out. Fewer than there are where they are very long. */
export const searchChat = (deviceNumber: number, chat: string, { limit, fromMe, since }: MessageSearch) =>
  Effect.gen(function* () {
    const roster = yield* Roster
    const { keys, gone } = yield* findChat(deviceNumber, chat)
    const earliest = Math.max(gone ?? -1, since === undefined ? -1 : since - 1)
    const isReceived = fromMe === undefined ? undefined : !fromMe
    const found: FoundMessage[] = []
    let before: MessagePlace | undefined
    for (let part = 0; part < PARTS_MAX && found.length < limit; part++) {
      const page = { before, after: earliest, isReceived, limit: limit - found.length }
      const rows = yield* roster.chats.messages(deviceNumber, keys, page)
      const fit = rows.filter(({ kind }) => kind !== "notice")
      const views = yield* viewMessages(deviceNumber, fit)
      found.push(...views.flatMap((view, i) => (fit[i] === undefined ? [] : [{ view, row: fit[i] }])))
      const isCut = views.length < fit.length
      if (!isCut && rows.length < page.limit) break
      const last: ChatMessage | undefined = isCut ? fit[views.length - 1] : rows.at(-1)
      before = last && placeOf(last)
    }
    return found.toReversed()
  })

export interface Asking {
  readonly principal: Principal
  readonly device: Device
  readonly origin: Origin
}

/** How long a phone may take. It may be off. */
const PHONE_MAX_MS = 5_000
/** WhatsApp's own programs ask for as many. */
const ASKED_MAX = 50

/** As `searchChat`, and with older messages of the phone where these are too few. */
export const searchChatAndPhone = ({ principal, device, origin }: Asking, chat: string, search: MessageSearch) =>
  Effect.gen(function* () {
    const known = yield* searchChat(device.deviceNumber, chat, search)
    const count = Math.min(search.limit - known.length, ASKED_MAX)
    if (count <= 0) return known
    const asked = { chat, count, waitMs: PHONE_MAX_MS, origin }
    // Whatever keeps the phone from answering: there are those that are known.
    const gave = yield* requestHistory(principal, device.id, asked).pipe(
      Effect.map(({ messages }) => messages ?? 0),
      Effect.catch((failure) => (failure._tag === "StoreUnavailable" ? Effect.fail(failure) : Effect.succeed(0)))
    )
    return gave > 0 ? yield* searchChat(device.deviceNumber, chat, search) : known
  })
