/**
 * Permanently erases content from the store: of one message, or of everything that a contact took part in. Keeps LOG-8.
 *
 * Each piece is one transaction: payloads and salts, the rows of read models and idempotency keys, and the event that records who
 * requested it and why. Afterwards the copies are deleted: memory, files that no other message refers to, freed pages. An interruption
 * leaves whole pieces; a repeat erases the rest, because the events that lead to others are erased last. The next start removes the
 * files and freed pages that an interruption left.
 */
import { Context, Effect, Layer } from "effect"
import type { Kysely } from "kysely"
import { readEvent } from "../../events/catalog.ts"
import type { Origin, RecordedEvent } from "../../events/envelope.ts"
import type { ContentErased } from "../../events/erasure.ts"
import type { EventOf } from "../../events/definition.ts"
import { peopleIn } from "../../events/people.ts"
import type { RosterEvent } from "../../events/roster.ts"
import { erasureStream, rosterStream } from "../../events/streams.ts"
import {
  type Contact,
  contactOf,
  distanceOf,
  growContact,
  messagesOf,
  namesByDistance,
  othersIn
} from "./contact-traces.ts"
import { visitAbout, visitAboutOn } from "./subject-index.ts"
import { forgetRecipient } from "../bulk/bulk-sends.ts"
import { Database } from "../database.ts"
import { type Device, Devices } from "../devices.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { MediaFolder } from "../media/media-folder.ts"
import { removeUnreferenced } from "../media/media-references.ts"
import type { Message } from "../messages.ts"
import { receiptOf } from "../projections/message.ts"
import { deleteFrom } from "../projections/projection.ts"
import { type ErasableEvent, forgetInline } from "../projections/registry.ts"
import { messageSubject } from "../projections/subject.ts"
import type { Tables } from "../tables.ts"
import { forgetAnswers } from "../webhook/deliveries.ts"

export interface Demand {
  readonly reason: string | null
  readonly origin: Origin
  /** Called from time to time with the number of erased payloads. */
  readonly progress?: (erased: number) => void
}

export interface Erased {
  /** The number of erased payloads. */
  readonly events: number
  /** Messages that are still being sent. They stay until they are settled. */
  readonly underWay: number
}

export interface ErasureShape {
  /**
   * Erases one message, given by its rows: its content, its edits, reactions and votes, and the messages that quote it. A message from a
   * batch of the phone's history takes the whole batch with it. Without rows it erases what an earlier, interrupted erasure left in files.
   */
  readonly message: (rows: readonly Message[], demand: Demand) => Effect.Effect<Erased, StoreUnavailable>
  /**
   * Erases a contact by telephone number, on all devices: the chat with the contact, in groups the contact's messages and receipts, the
   * messages of others that quote the contact, what others did to the contact's messages, and the names and settings known of the contact.
   * Messages that only mention the contact stay. What the same events said of other people is recorded again.
   */
  readonly contact: (number: string, demand: Demand) => Effect.Effect<Erased, StoreUnavailable>
}

export class Erasure extends Context.Service<Erasure, ErasureShape>()("bitacora/store/Erasure") {
  static readonly layer = Layer.effect(
    Erasure,
    Effect.gen(function* () {
      const context = yield* Effect.context<Database | Devices | EventLog | MediaFolder>()
      return Erasure.of({
        message: (rows, demand) => Effect.provideContext(eraseMessage(rows, demand), context),
        contact: (number, demand) => Effect.provideContext(eraseContact(number, demand), context)
      })
    })
  )
}

/** An erasable event that was read. */
export interface Erasable {
  readonly recorded: RecordedEvent
  readonly event: ErasableEvent
}

/** The number of erased payloads, and the positions of messages that are still being sent. */
interface Tally {
  events: number
  readonly underWay: Set<number>
}

const emptyTally = (): Tally => ({ events: 0, underWay: new Set() })
const erasedIn = ({ events, underWay }: Tally): Erased => ({ events, underWay: underWay.size })

const eraseMessage = (rows: readonly Message[], demand: Demand) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const tally = emptyTally()
    for (const { deviceNumber: device, messageId: id, position } of rows) {
      const erase = (found: readonly Erasable[]) => eraseAll(found, { messagesIn: goneWith(id) }, demand, tally)
      // The last page is erased together with the message itself.
      let page: readonly Erasable[] = []
      yield* visitAboutOn(device, messageSubject(id), log.end(), (about) =>
        Effect.gen(function* () {
          yield* erase(page)
          page = about.flatMap(erasable).filter(({ event }) => event.type !== "message.revoked")
        })
      )
      const own = yield* log.readPosition(position)
      yield* erase([...page, ...(own === undefined ? [] : erasable(own))])
    }
    yield* scrub
    return erasedIn(tally)
  })

/** Messages that are not to come back: the message itself, and those that repeat what it says. */
const goneWith =
  (id: string) =>
  (event: ErasableEvent): readonly string[] => {
    switch (event.type) {
      case "message.queued":
      case "message.received":
      case "message.resent":
      case "message.edited":
        return event.data.context?.quoted?.messageId === id ? [id, event.data.messageId] : [id]
      case "history.synced":
        return [
          id,
          ...event.data.messages.filter(({ context }) => context?.quoted?.messageId === id).map((m) => m.messageId)
        ]
      default:
        return [id]
    }
  }

const eraseContact = (number: string, demand: Demand) =>
  Effect.gen(function* () {
    const upTo = (yield* EventLog).end()
    const contact = contactOf(number)
    // The loop continues through names that it adds, the nearer ones first.
    for (const name of contact.accounts.keys()) {
      yield* visitAbout(name, upTo, (about) =>
        Effect.sync(() => about.flatMap(erasable).forEach(({ event }) => growContact(contact, event)))
      )
    }
    const tally = emptyTally()
    const leftBy: LeftBy = {
      messagesIn: (event) => messagesOf(contact, event),
      othersIn: (event, position) => othersIn(contact, event, position)
    }
    for (const [distance, names] of namesByDistance(contact)) {
      const erase = (about: readonly RecordedEvent[]) =>
        Effect.gen(function* () {
          const found = about.flatMap(erasable).filter(({ event }) => distanceOf(contact, event) === distance)
          yield* eraseAll(found, leftBy, demand, tally)
          demand.progress?.(tally.events)
        })
      for (const name of names) yield* visitAbout(name, upTo, erase)
    }
    yield* forgetRecipients(contact)
    yield* scrub
    return erasedIn(tally)
  })

/** What waits in bulk sends, and the lists of whom they went to. */
const forgetRecipients = ({ number, accounts }: Contact) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const statements = [number, ...accounts.keys()].map(forgetRecipient)
    yield* log.commit({ statements }).pipe(Effect.mapError(storeUnavailable))
  })

/** Skips events that were erased before. */
export const erasable = (recorded: RecordedEvent): readonly Erasable[] => {
  const event = recorded.text === null ? null : (readEvent(recorded) as ErasableEvent)
  return event === null ? [] : [{ recorded, event }]
}

/** The most payloads in one transaction, and the most people that they may name. */
const PIECE = 100
const PIECE_PEOPLE = 500

/** What is recorded when an event is erased. */
interface LeftBy {
  /** Returns the messages of the event that must not be recorded again. */
  readonly messagesIn: (event: ErasableEvent) => readonly string[]
  /** Returns what the event said of people who are not erased. */
  readonly othersIn?: (event: ErasableEvent, position: number) => RosterEvent | null
}

/** Erases events of one device. */
const eraseAll = (
  found: readonly Erasable[],
  leftBy: LeftBy,
  demand: Demand,
  tally: Tally
): Effect.Effect<void, StoreUnavailable, Database | Devices | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    const number = found[0]?.recorded.device
    const device = number == null ? undefined : yield* (yield* Devices).byDeviceNumber(number)
    if (device === undefined) return
    const waiting = yield* stillBeingSent(device.deviceNumber, found)
    for (const position of waiting) tally.underWay.add(position)
    const settled = found.filter(({ recorded }) => !waiting.has(recorded.position))
    for (const piece of piecesOf(settled)) {
      yield* erasePiece(device, piece, leftBy, demand)
      yield* eraseCopies(piece)
      tally.events += piece.length
    }
  })

/** Groups the events so that each transaction is bounded in events, and in people: what is said of other people is written again. */
const piecesOf = (found: readonly Erasable[]): readonly (readonly Erasable[])[] => {
  const pieces: Erasable[][] = []
  let people = 0
  for (const each of found) {
    const named = peopleIn(each.event).length
    const last = pieces.at(-1)
    if (last === undefined || last.length >= PIECE || people + named > PIECE_PEOPLE) {
      pieces.push([each])
      people = named
    } else {
      last.push(each)
      people += named
    }
  }
  return pieces
}

const stillBeingSent = (device: number, found: readonly Erasable[]) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const queued = found.flatMap(({ recorded, event }) => (event.type === "message.queued" ? [recorded.position] : []))
    if (queued.length === 0) return new Set<number>()
    const rows = yield* query((db) => waitingQuery(db, device, queued).execute())
    return new Set(rows.map((row) => row.position))
  })

/** Exported for the test of its query plan. */
export const waitingQuery = (db: Kysely<Tables>, device: number, positions: readonly number[]) =>
  db.selectFrom("outbox").select("position").where("device", "=", device).where("position", "in", positions)

const erasePiece = (
  device: Device,
  piece: readonly Erasable[],
  { messagesIn, othersIn = () => null }: LeftBy,
  { reason, origin }: Demand
) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const messages = [...new Set(piece.flatMap(({ event }) => messagesIn(event)))]
    const data: EventOf<typeof ContentErased>["data"] = {
      messages,
      positions: piece.map(({ recorded }) => recorded.position).toSorted((one, other) => one - other),
      receipts: piece.flatMap(receiptLeft),
      reason
    }
    const to = { device: device.deviceNumber, expected: "any" as const, origin }
    const others = piece.flatMap(({ recorded, event }) => othersIn(event, recorded.position) ?? [])
    const appends = [
      { ...to, stream: erasureStream(device.id), events: [{ type: "content.erased" as const, data }] },
      ...(others.length > 0 ? [{ ...to, stream: rosterStream(device.id), events: others }] : [])
    ]
    const keys = messages.map((subject) => deleteFrom("command_log", { subject }))
    const statements = [...piece.flatMap(erasePayload), ...keys]
    yield* log.commit({ appends, statements }).pipe(Effect.mapError(storeUnavailable))
  })

export const erasePayload = ({ recorded, event }: Erasable): readonly Statement[] => [
  {
    sql: "UPDATE event_payload SET salt = NULL, text = NULL WHERE position = ?",
    parameters: [recorded.position]
  },
  forgetAnswers(recorded.position),
  ...forgetInline(recorded, event)
]

const receiptLeft = ({ recorded, event }: Erasable) =>
  event.type === "message.delivered" || event.type === "message.read" || event.type === "message.played"
    ? [{ messageId: event.data.messageId, receipt: receiptOf(event), recordedAt: recorded.recordedAt }]
    : []

/** Erases the copies outside of the transaction, except for freed pages, which are scrubbed at the end. */
export const eraseCopies = (
  gone: readonly Erasable[]
): Effect.Effect<void, StoreUnavailable, Database | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    log.redact(gone.map(({ recorded }) => recorded.position))
    yield* removeUnreferenced(gone.map(({ event }) => event))
  })

/** Removes erased content from freed pages and the write-ahead log. */
export const scrub: Effect.Effect<void, StoreUnavailable, Database> = Effect.flatMap(Database, ({ dialect }) =>
  Effect.tryPromise({ try: () => dialect.scrub(), catch: storeUnavailable })
)
