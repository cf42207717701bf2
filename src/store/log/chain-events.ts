/**
 * Turns accepted appends into rows with positions, versions, times and hashes.
 *
 * It works in two steps. Payloads are encoded and hashed while the append waits. Envelopes are chained under the lock on the head, so
 * what is computed is what will be committed.
 */
import { randomBytes } from "node:crypto"
import { ClockCorrected } from "../../events/clock.ts"
import { schemaVersionOf } from "../../events/catalog.ts"
import {
  ENVELOPE_VERSION,
  type Envelope,
  type NewEvent,
  type Origin,
  type RecordedEvent
} from "../../events/envelope.ts"
import { hashEnvelope, hashPayload, SALT_BYTES, ZERO_HASH } from "../../events/hash-chain.ts"
import type { EventRow, Head, StreamHead } from "../dialect/dialect.ts"

/** An event, with the states that it leads from and to if its stream belongs to a machine. */
export interface EventToAppend extends NewEvent {
  readonly from?: string | null
  readonly to?: string
}

/** Events for one stream, appended all or none. */
export interface Append {
  readonly stream: string
  readonly device: number | null
  /** The version that the stream must have: a number, `"new"` (no event yet), or `"any"`. */
  readonly expected: number | "new" | "any"
  readonly events: readonly EventToAppend[]
  readonly origin: Origin
}

/** A recorded event with its data as it was given, so that no reader has to parse it again. */
export interface AppendedEvent extends RecordedEvent {
  readonly data: unknown
}

/** An append with encoded payloads. Encoding happens once, before the append waits for its transaction. */
export interface EncodedAppend extends Omit<Append, "events"> {
  readonly events: readonly EncodedEvent[]
}

interface EncodedEvent extends EventToAppend {
  readonly schemaVersion: number
  readonly salt: Uint8Array
  readonly text: string
  readonly payloadHash: Uint8Array
}

export interface Chained {
  readonly head: Head
  readonly rows: readonly EventRow[]
  readonly events: readonly AppendedEvent[]
  readonly streamHead: StreamHead
}

export const emptyStream: StreamHead = { version: 0, hash: ZERO_HASH }

/** Throws for an event type that is not in the catalogue. */
export const encodeAppend = (append: Append): EncodedAppend => {
  const salts = randomBytes(SALT_BYTES * append.events.length)
  const events = append.events.map((event, index) => {
    const salt = salts.subarray(index * SALT_BYTES, (index + 1) * SALT_BYTES)
    const text = JSON.stringify(event.data)
    return { ...event, schemaVersion: schemaVersionOf(event.type), salt, text, payloadHash: hashPayload(salt, text) }
  })
  return { ...append, events }
}

/** Appends to `head` and to the stream's end. `now`: epoch milliseconds. If the clock went back, the last event's time is used, except for a correction of the clock. */
export const chainEvents = (append: EncodedAppend, head: Head, streamHead: StreamHead, now: number): Chained => {
  const rows: EventRow[] = []
  const events: AppendedEvent[] = []
  let { position, hash } = head
  let { version, hash: streamPreviousHash } = streamHead
  const isCorrection = append.events[0]?.type === ClockCorrected.type
  const recordedAt = isCorrection ? now : Math.max(now, head.recordedAt)
  for (const event of append.events) {
    const envelope: Envelope = {
      envelopeVersion: ENVELOPE_VERSION,
      position: ++position,
      stream: append.stream,
      version: ++version,
      device: append.device,
      type: event.type,
      schemaVersion: event.schemaVersion,
      fromState: event.from ?? null,
      toState: event.to ?? null,
      payloadHash: event.payloadHash,
      who: append.origin.who,
      commandId: append.origin.commandId,
      causation: append.origin.causation,
      correlation: append.origin.correlation,
      recordedAt,
      streamPreviousHash
    }
    hash = hashEnvelope(hash, envelope)
    streamPreviousHash = hash
    rows.push({ envelope: envelopeValues(envelope, hash), payload: [position, event.salt, event.text] })
    events.push({ ...envelope, hash, text: event.text, data: event.data })
  }
  return { head: { position, hash, recordedAt }, rows, events, streamHead: { version, hash: streamPreviousHash } }
}

/** The values in the order of EVENT_COLUMNS. */
const envelopeValues = (envelope: Envelope, hash: Uint8Array): EventRow["envelope"] => [
  envelope.position,
  envelope.stream,
  envelope.version,
  envelope.device,
  envelope.type,
  envelope.envelopeVersion,
  envelope.schemaVersion,
  envelope.fromState,
  envelope.toState,
  envelope.payloadHash,
  envelope.who,
  envelope.commandId,
  envelope.causation,
  envelope.correlation,
  envelope.recordedAt,
  envelope.streamPreviousHash,
  hash
]
