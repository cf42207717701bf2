/**
 * The two chains that make the log provable. Keeps LOG-6 and LOG-9.
 *
 * Global: `hash(n) = SHA-256(hash(n-1) ‖ canonical envelope(n))` along positions. Per stream: each envelope holds the
 * hash of the stream's previous event, so one device's history can be checked without anybody else's. Payloads are bound
 * by a salted hash: erasing salt and text is irreversible and leaves both chains valid.
 */
import { hash } from "node:crypto"
import { canonicalEnvelope, type Envelope, type RecordedEvent } from "./envelope.ts"

/** What the first event of a chain points to. */
export const ZERO_HASH: Uint8Array = new Uint8Array(32)

/** Bytes of salt a payload gets. */
export const SALT_BYTES = 16

export const hashPayload = (salt: Uint8Array, text: string): Uint8Array => {
  const body = Buffer.from(text, "utf8")
  const joined = Buffer.allocUnsafe(salt.length + body.length)
  joined.set(salt, 0)
  joined.set(body, salt.length)
  return hash("sha256", joined, "buffer")
}

export const hashEnvelope = (previous: Uint8Array, envelope: Envelope): Uint8Array => {
  const body = canonicalEnvelope(envelope)
  const joined = Buffer.allocUnsafe(previous.length + Buffer.byteLength(body))
  joined.set(previous, 0)
  joined.write(body, previous.length, "utf8")
  return hash("sha256", joined, "buffer")
}

/** Where a walk along a chain found something that was not written there. */
export interface Violation {
  readonly position: number
  readonly reason: "changed" | "removed" | "inserted" | "reordered"
}

/** A stored event with what its payload's hash needs; `salt` and `text` are null together, once erased. */
export interface StoredEvent extends RecordedEvent {
  readonly salt: Uint8Array | null
}

/**
 * Walks the global chain in order of position. `next` answers a violation for the first event that does not follow from
 * those before it, after which the walk has no meaning any more. Memory: one hash for each stream seen.
 */
export class ChainWalk {
  readonly #heads = new Map<string, { version: number; hash: Uint8Array }>()
  #position: number
  #hash: Uint8Array

  /** Begins after `position`, whose hash is `hash`; with defaults, at the beginning of the log. */
  constructor(position = 0, hash: Uint8Array = ZERO_HASH) {
    this.#position = position
    this.#hash = hash
  }

  get position(): number {
    return this.#position
  }

  get hash(): Uint8Array {
    return this.#hash
  }

  /** Tells the walk where a stream stood before it began; needed when it does not begin at the log's beginning. */
  seed(stream: string, version: number, hash: Uint8Array): void {
    this.#heads.set(stream, { version, hash })
  }

  next(event: StoredEvent): Violation | undefined {
    const expected = this.#position + 1
    if (event.position > expected) return { position: expected, reason: "removed" }
    if (event.position < expected) return { position: event.position, reason: "reordered" }
    const head = this.#heads.get(event.stream) ?? { version: 0, hash: ZERO_HASH }
    const violation = checkEvent(event, this.#hash, head)
    if (violation) return { position: event.position, reason: violation }
    this.#position = event.position
    this.#hash = event.hash
    this.#heads.set(event.stream, { version: event.version, hash: event.hash })
    return undefined
  }
}

const checkEvent = (
  event: StoredEvent,
  previous: Uint8Array,
  head: { version: number; hash: Uint8Array }
): Violation["reason"] | undefined => {
  if (!equal(hashEnvelope(previous, event), event.hash)) return "changed"
  if (event.version > head.version + 1) return "removed"
  if (event.version <= head.version) return "inserted"
  if (!equal(event.streamPreviousHash, head.hash)) return "changed"
  const erased = event.salt === null && event.text === null
  if (erased) return undefined
  if (event.salt === null || event.text === null) return "changed"
  return equal(hashPayload(event.salt, event.text), event.payloadHash) ? undefined : "changed"
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0
