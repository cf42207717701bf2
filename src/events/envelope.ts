/**
 * What surrounds an event in the log, and the exact bytes that are hashed.
 *
 * An event is stored as an envelope (never changed, never erased) and a payload (JSON text with a salt, erasable). The
 * envelope names the payload only by its hash. Its canonical bytes are a JSON array in a fixed order, led by the envelope
 * version: what is stored can always be put back into the bytes that were hashed, whatever columns come later.
 */

/** Version of the canonical form below. A new form gets a new number and keeps this one readable. */
export const ENVELOPE_VERSION = 1

/** An event that somebody wants recorded: the type names a schema in the catalogue; `data` is plain JSON. */
export interface NewEvent<Type extends string = string, Data = unknown> {
  readonly type: Type
  readonly data: Data
}

/** Who caused an event and by which command; goes into the envelope as it stands. */
export interface Origin {
  /** `user:<id>`, `token:<id>`, `operator`, `gateway`, `whatsapp`. */
  readonly who: string
  /** The command that led to the event, if one did. */
  readonly commandId: string | null
  /** What it answers: a position in this log, or null. */
  readonly causation: string | null
  /** What it belongs to: the request or the connection it came from. */
  readonly correlation: string | null
}

/** The envelope as stored: every field is covered by `hash`. */
export interface Envelope extends Origin {
  readonly envelopeVersion: number
  /** Global, gap-free, from 1, in commit order. */
  readonly position: number
  /** `device/<id>`, `messages/<id>`, `roster/<id>`, `erasures/<id>`, `user/<id>`, `retention`. */
  readonly stream: string
  /** Within the stream, gap-free, from 1. */
  readonly version: number
  /** The device's number, where the event is about a device. */
  readonly device: number | null
  readonly type: string
  readonly schemaVersion: number
  readonly fromState: string | null
  readonly toState: string | null
  /** SHA-256 of salt and text; stays when both are erased. */
  readonly payloadHash: Uint8Array
  /** Epoch milliseconds of the gateway's clock; never goes backwards along positions. */
  readonly recordedAt: number
  /** `hash` of the stream's previous event; 32 zero bytes for its first. */
  readonly streamPreviousHash: Uint8Array
}

/** An event as read back. */
export interface RecordedEvent extends Envelope {
  /** SHA-256 of the previous position's hash and the canonical envelope. */
  readonly hash: Uint8Array
  /** The payload's JSON text, byte for byte as hashed; null once it was erased. */
  readonly text: string | null
}

/** The bytes of an envelope that enter the chain. */
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

/** Lower-case hex, as hashes are shown everywhere. */
export const toHex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")
