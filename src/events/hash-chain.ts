/**
 * The two hash chains that make the log verifiable. Keeps LOG-6 and LOG-9.
 *
 * Global: `hash(n) = SHA-256(hash(n-1) ‖ canonical envelope(n))` along positions. Per stream: each envelope holds the hash of the
 * stream's previous event, so one device's history can be verified without the events of others. The chains contain only a salted hash
 * of each payload: erasing salt and text is irreversible and leaves both chains valid.
 */
import { hash } from "node:crypto"
import { canonicalEnvelope, type Envelope, type RecordedEvent } from "./envelope.ts"

/** The previous hash of the first event of a chain. */
export const ZERO_HASH: Uint8Array = new Uint8Array(32)

/** The length of a payload's salt in bytes. */
export const SALT_BYTES = 16

export const hashPayload = (salt: Uint8Array, text: string): Uint8Array => hashJoined(salt, text)

export const hashEnvelope = (previous: Uint8Array, envelope: Envelope): Uint8Array =>
  hashJoined(previous, canonicalEnvelope(envelope))

/** Reused: there is no await while it is in use. A UTF-16 unit takes at most three bytes. */
const scratch = Buffer.allocUnsafeSlow(65_536)

const hashJoined = (head: Uint8Array, text: string): Uint8Array => {
  const bytesMax = head.length + text.length * 3
  const joined = bytesMax <= scratch.length ? scratch : Buffer.allocUnsafe(bytesMax)
  joined.set(head, 0)
  const length = head.length + joined.write(text, head.length, "utf8")
  return hash("sha256", joined.subarray(0, length), "buffer")
}

/** Where a walk along a chain found a change, and its kind. */
export interface Violation {
  readonly position: number
  readonly reason: "changed" | "removed" | "inserted" | "reordered"
}

/** A stored event with the salt of its payload. `salt` and `text` are both null after an erasure. */
export interface StoredEvent extends RecordedEvent {
  readonly salt: Uint8Array | null
}

/** Where a stream stands after its last verified event. */
export interface WalkedStream {
  readonly version: number
  readonly hash: Uint8Array
  readonly position: number
}

/**
 * Walks the global chain in order of position. `next` returns a violation for the first event that does not follow from the previous
 * ones; after that the walk must not continue. Memory: one hash for each stream.
 */
export class ChainWalk {
  readonly #heads = new Map<string, WalkedStream>()
  #position: number
  #hash: Uint8Array

  /** Begins after `position`, which has the hash `hash`. By default at the beginning of the log. */
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

  /** Sets where a stream stood before the walk began. Needed if the walk does not begin at the log's beginning. */
  seed(stream: string, version: number, hash: Uint8Array): void {
    this.#heads.set(stream, { version, hash, position: 0 })
  }

  /** The streams that the walk met or was told of. */
  get streams(): ReadonlyMap<string, WalkedStream> {
    return this.#heads
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
    this.#heads.set(event.stream, { version: event.version, hash: event.hash, position: event.position })
    return undefined
  }
}

/**
 * Walks one stream in order of version. `previousHash` is the hash at the position before the event, whichever event that is. It reveals
 * nothing of that event, so a stream can be verified without the events of others.
 */
export class StreamWalk {
  #head: { readonly version: number; readonly hash: Uint8Array }
  #position: number

  /** Begins after the stream's event at `position`. By default at the beginning of the stream. */
  constructor(version = 0, hash: Uint8Array = ZERO_HASH, position = 0) {
    this.#head = { version, hash }
    this.#position = position
  }

  /** Version and hash of the last verified event. */
  get head(): { readonly version: number; readonly hash: Uint8Array } {
    return this.#head
  }

  get position(): number {
    return this.#position
  }

  next(event: StoredEvent, previousHash: Uint8Array | null): Violation | undefined {
    if (previousHash === null) return { position: event.position - 1, reason: "removed" }
    if (event.position <= this.#position) return { position: event.position, reason: "reordered" }
    const reason = checkEvent(event, previousHash, this.#head)
    if (reason) return { position: event.position, reason }
    this.#head = { version: event.version, hash: event.hash }
    this.#position = event.position
    return undefined
  }
}

/**
 * The most likely kind of change where a walk stopped. `previous` is the hash of the last verified event, `found` the events after it in
 * order of position. An event that was moved still fits its old place.
 */
export const diagnose = (previous: Uint8Array, found: readonly StoredEvent[]): Violation["reason"] => {
  const [first, second] = found
  if (first === undefined) return "removed"
  const fits = (event: StoredEvent, position: number, behind: Uint8Array) =>
    equal(hashEnvelope(behind, { ...event, position }), event.hash)
  const rightful = found.findIndex((event) => fits(event, first.position, previous))
  if (rightful > 0) {
    const { hash } = found[rightful] as StoredEvent
    return rightful === 1 && !fits(first, first.position + 1, hash) ? "inserted" : "reordered"
  }
  const hasMovedDown = second !== undefined && fits(second, second.position + 1, first.hash)
  return rightful < 0 && hasMovedDown ? "removed" : "changed"
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
