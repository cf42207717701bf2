/**
 * Takes content out of the store, for good: of a message, or of everything that a contact had part in. Keeps LOG-8.
 *
 * One transaction for each piece: payload and salt, what read models and idempotency keys held, and the event that says who
 * wanted it and why. Then the copies: memory, files that no message refers to any more, freed pages. An interruption leaves whole
 * pieces; asking again does the rest, as what leads to the others goes last. Files and freed pages that it left are swept by the
 * next start.
 */
import { Context, Effect, Layer } from "effect"
import { readEvent } from "../../events/catalog.ts"
import type { Origin, RecordedEvent } from "../../events/envelope.ts"
import type { ContentErased } from "../../events/erasure.ts"
import type { EventOf } from "../../events/definition.ts"
import { erasureStream } from "../../events/streams.ts"
import { contactOf, distanceOf, distancesOf, growContact, mayInvolve, messagesOf } from "./contact-traces.ts"
import { Database } from "../database.ts"
import { type DeviceRow, Devices } from "../devices.ts"
import type { Statement } from "../dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import type { MediaFolder } from "../media/media-folder.ts"
import { removeUnreferenced } from "../media/media-references.ts"
import type { MessageRow } from "../messages.ts"
import { othersFirst } from "../others-first.ts"
import { receiptOf } from "../projections/message.ts"
import { deleteFrom } from "../projections/projection.ts"
import { type ErasableEvent, erasableTypes, forgetInline } from "../projections/registry.ts"

export interface Demand {
  readonly reason: string | null
  readonly origin: Origin
  /** Told from time to time how many payloads are gone. */
  readonly progress?: (erased: number) => void
}

export interface Erased {
  /** Payloads that went. */
  readonly events: number
  /** Messages that were accepted and are still being sent; they stay until they are settled. */
  readonly underWay: number
}

export interface ErasureShape {
  /**
   * Of one message, by its rows: what it said, its edits, the reactions to it. Of a batch of the phone's history, the whole
   * batch. No rows: what an earlier erasure may have left in files.
   */
  readonly message: (rows: readonly MessageRow[], demand: Demand) => Effect.Effect<Erased, StoreUnavailable>
  /** Of a contact, by telephone number, on all devices: the chat with him, and in groups what he wrote and his receipts. */
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

/** An event that can be erased, read. */
export interface Erasable {
  readonly recorded: RecordedEvent
  readonly event: ErasableEvent
}

const PAGE = 500
/** Positions that one query goes through at most, where few events are looked for among many. */
const WINDOW = 10_000
/** Payloads that go in one transaction. */
const PIECE = 100

const NOTHING: Erased = { events: 0, underWay: 0 }
const sum = (one: Erased, other: Erased): Erased => ({
  events: one.events + other.events,
  underWay: one.underWay + other.underWay
})

const eraseMessage = (rows: readonly MessageRow[], demand: Demand) =>
  Effect.gen(function* () {
    let erased = NOTHING
    for (const row of rows) {
      const { device, message_id: id } = row
      const found = [
        ...(yield* eventsAbout(device, id, ["message.edited", "message.reacted"])),
        ...(yield* ownEvent(row))
      ]
      erased = sum(erased, yield* eraseAll(found, () => [row.message_id], demand))
    }
    yield* scrub
    return erased
  })

const ownEvent = ({ position }: MessageRow) =>
  Effect.gen(function* () {
    const { readPosition } = yield* EventLog
    const own = yield* readPosition(position)
    return own === undefined ? [] : erasable(own)
  })

/** Oldest first: a device's events of these types that are about the message with this id, be it here or not. */
const eventsAbout = (device: number, messageId: string, types: readonly ErasableEvent["type"][]) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const upTo = log.end()
    const quoted = JSON.stringify(messageId)
    const found: Erasable[] = []
    for (let after = 0; after < upTo; ) {
      const windowEnd = Math.min(after + WINDOW, upTo)
      const page = yield* log.readAll({ devices: [device], types, after, upTo: windowEnd, limit: PAGE })
      const perhaps = page.filter(({ text }) => text?.includes(quoted)).flatMap(erasable)
      found.push(...perhaps.filter(({ event }) => "target" in event.data && event.data.target === messageId))
      after = page.length < PAGE ? windowEnd : (page.at(-1)?.position ?? windowEnd)
      yield* othersFirst
    }
    return found
  })

const eraseContact = (number: string, demand: Demand) =>
  Effect.gen(function* () {
    const contact = contactOf(number)
    const isHis = (recorded: RecordedEvent) => mayInvolve(contact, recorded)
    for (let known = 0; known < contact.accounts.size; ) {
      known = contact.accounts.size
      const grow = (found: readonly Erasable[]) =>
        Effect.sync(() => found.forEach(({ event }) => growContact(contact, event)))
      yield* everyErasable(grow, isHis)
    }
    let erased = NOTHING
    for (const distance of distancesOf(contact)) {
      const erase = (found: readonly Erasable[]) =>
        Effect.gen(function* () {
          const his = found.filter(({ event }) => distanceOf(contact, event) === distance)
          erased = sum(erased, yield* eraseAll(his, (event) => messagesOf(contact, event), demand))
          demand.progress?.(erased.events)
        })
      yield* everyErasable(erase, isHis)
    }
    yield* scrub
    return erased
  })

/** All there are now, a page at a time; only those that `isWanted` are read. */
const everyErasable = <E, R>(
  visit: (found: readonly Erasable[]) => Effect.Effect<void, E, R>,
  isWanted: (recorded: RecordedEvent) => boolean
): Effect.Effect<void, E | StoreUnavailable, R | EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const upTo = log.end()
    for (const type of erasableTypes) {
      for (let after = 0; ; ) {
        const page = yield* log.readAll({ types: [type], after, upTo, limit: PAGE })
        yield* visit(page.filter(isWanted).flatMap(erasable))
        after = page.at(-1)?.position ?? after
        if (page.length < PAGE) break
        yield* othersFirst
      }
    }
  })

/** Not what was erased before. */
export const erasable = (recorded: RecordedEvent): readonly Erasable[] => {
  const event = recorded.text === null ? null : (readEvent(recorded) as ErasableEvent)
  return event === null ? [] : [{ recorded, event }]
}

/** `messagesIn`: which messages of an event are gone with it and must not come back. */
const eraseAll = (
  found: readonly Erasable[],
  messagesIn: (event: ErasableEvent) => readonly string[],
  demand: Demand
): Effect.Effect<Erased, StoreUnavailable, Database | Devices | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    if (found.length === 0) return NOTHING
    const devices = yield* Devices
    const waiting = yield* stillBeingSent(found)
    const settled = found.filter(({ recorded }) => !waiting.has(recorded.position))
    let events = 0
    for (const [number, ofDevice] of Map.groupBy(settled, ({ recorded }) => recorded.device ?? 0)) {
      const device = yield* devices.byNumberId(number)
      if (!device) continue
      for (let start = 0; start < ofDevice.length; start += PIECE) {
        const piece = ofDevice.slice(start, start + PIECE)
        yield* erasePiece(device, piece, messagesIn, demand)
        yield* eraseCopies(piece)
        events += piece.length
      }
    }
    return { events, underWay: waiting.size }
  })

const stillBeingSent = (found: readonly Erasable[]) =>
  Effect.gen(function* () {
    const { query } = yield* Database
    const queued = found.flatMap(({ recorded, event }) => (event.type === "message.queued" ? [recorded.position] : []))
    if (queued.length === 0) return new Set<number>()
    const rows = yield* query((db) =>
      db.selectFrom("outbox").select("position").where("position", "in", queued).execute()
    )
    return new Set(rows.map((row) => row.position))
  })

const erasePiece = (
  device: DeviceRow,
  piece: readonly Erasable[],
  messagesIn: (event: ErasableEvent) => readonly string[],
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
    const append = {
      stream: erasureStream(device.device_id),
      device: device.number_id,
      expected: "any" as const,
      events: [{ type: "content.erased" as const, data }],
      origin
    }
    const keys = messages.map((subject) => deleteFrom("command_log", { subject }))
    const statements = [...piece.flatMap(erasePayload), ...keys]
    yield* log.commit({ appends: [append], statements }).pipe(Effect.mapError(storeUnavailable))
  })

export const erasePayload = ({ recorded, event }: Erasable): readonly Statement[] => [
  {
    sql: "UPDATE event_payload SET salt = NULL, text = NULL WHERE position = ?",
    parameters: [recorded.position]
  },
  ...forgetInline(recorded, event)
]

const receiptLeft = ({ recorded, event }: Erasable) =>
  event.type === "message.delivered" || event.type === "message.read" || event.type === "message.played"
    ? [{ messageId: event.data.messageId, receipt: receiptOf(event), recordedAt: recorded.recordedAt }]
    : []

/** What the transaction could not reach; but for freed pages, which are scrubbed when all is done. */
export const eraseCopies = (
  gone: readonly Erasable[]
): Effect.Effect<void, StoreUnavailable, Database | EventLog | MediaFolder> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    log.redact(gone.map(({ recorded }) => recorded.position))
    yield* removeUnreferenced(gone.map(({ event }) => event))
  })

/** Leaves nothing that was erased in freed pages or in a write-ahead log. */
export const scrub: Effect.Effect<void, StoreUnavailable, Database> = Effect.flatMap(Database, ({ dialect }) =>
  Effect.tryPromise({ try: () => dialect.scrub(), catch: storeUnavailable })
)
