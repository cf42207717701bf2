/**
 * The envelope of an event in the log, and the exact bytes that are hashed.
 *
 * An event is stored as an envelope, which is never changed or erased, and a payload (JSON text with a salt), which can be erased. The
 * envelope names the payload only by its hash. The canonical bytes of an envelope are a JSON array in a fixed order that begins with
 * the envelope version. Stored columns can therefore always be turned back into the bytes that were hashed, whatever columns are added.
 */

/** The version of the canonical form below. A new form gets a new number, and this one stays readable. */
export const ENVELOPE_VERSION = 1

/** An event to record. `type` names a schema in the catalogue; `data` is plain JSON. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly data: Data
}

/** Who caused an event, and by which command. The envelope holds it unchanged. */
export interface Origin {
  /** `user:<user number>`, `operator`, `anonymous`, `gateway` or `whatsapp`. */
  readonly who: string
  /** The command that caused the event; null if there is none. */
  readonly commandId: string | null
  /** The position of the event that this one responds to; null if there is none. */
  readonly causation: string | null
  /** The request or the connection that the event belongs to. */
  readonly correlation: string | null
}

/** The envelope as stored. `hash` covers every field. */
export interface Envelope extends Origin {
  readonly envelopeVersion: number
  /** Global, gap-free, from 1, in commit order. */
  readonly position: number
  /** `device/<id>`, `messages/<id>`, `roster/<id>`, `erasures/<id>`, `user/<id>`, `operator`, `webhook/<id>`, `retention` or `clock`. */
  readonly stream: string
  /** The event's version within the stream: gap-free, from 1. */
  readonly version: number
  /** The device's number; null if the event is not about a device. */
  readonly device: number | null
  readonly type: string
  readonly schemaVersion: number
  readonly fromState: string | null
  readonly toState: string | null
  /** SHA-256 of salt and text. It stays when both are erased. */
  readonly payloadHash: Uint8Array
  /** Epoch milliseconds of the gateway's clock. Never decreases along positions. */
  readonly recordedAt: number
  /** `hash` of the stream's previous event; 32 zero bytes for the first event. */
  readonly streamPreviousHash: Uint8Array
}

/** An event as it is read from the log. */
export interface RecordedEvent extends Envelope {
  /** SHA-256 of the previous position's hash and the canonical envelope. */
  readonly hash: Uint8Array
  /** The payload's JSON text, byte for byte as hashed; null after an erasure. */
  readonly text: string | null
}

/** The bytes of an envelope that are hashed. */
export const canonicalEnvelope = (envelope: Envelope): string =>
  JSON.stringify([
    envelope.envelopeVersion,
    envelope.position,
    envelope.stream,
    envelope.version,
    envelope.device,
    envelope.type,
    envelope.schemaVersion,
    envelope.fromState,
    envelope.toState,
    toHex(envelope.payloadHash),
    envelope.who,
    envelope.commandId,
    envelope.causation,
    envelope.correlation,
    envelope.recordedAt,
    toHex(envelope.streamPreviousHash)
  ])

/** Lower-case hex, the form of hashes everywhere. */
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
