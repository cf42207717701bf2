import { describe, expect, it } from "vitest"
import { canonicalEnvelope, type Envelope, toHex } from "../../src/events/envelope.ts"
import {
  ChainWalk,
  hashEnvelope,
  hashPayload,
  type StoredEvent,
  StreamWalk,
  ZERO_HASH
} from "../../src/events/hash-chain.ts"

const envelope: Envelope = {
  envelopeVersion: 1,
  position: 1,
  stream: "device/dev_1",
  version: 1,
  device: 7,
  type: "connection.opened",
  schemaVersion: 1,
  fromState: "LOADING",
  toState: "CONNECTED",
  payloadHash: hashPayload(new Uint8Array(16).fill(1), "{}"),
  who: "whatsapp",
  commandId: null,
  causation: null,
  correlation: "connection:1",
  recordedAt: 1_790_000_000_000,
  streamPreviousHash: ZERO_HASH
}

/** Three streams in turn, correctly chained. */
const history = (length: number): StoredEvent[] => {
  const events: StoredEvent[] = []
  let previous = ZERO_HASH
  const heads = new Map<string, { version: number; hash: Uint8Array }>()
  for (let position = 1; position <= length; position++) {
    const stream = `device/${position % 3}`
    const head = heads.get(stream) ?? { version: 0, hash: ZERO_HASH }
    const salt = new Uint8Array(16).fill(position)
    const text = `{"n":${position}}`
    const next: Envelope = {
      ...envelope,
      position,
      stream,
      version: head.version + 1,
      payloadHash: hashPayload(salt, text),
      streamPreviousHash: head.hash
    }
    const hash = hashEnvelope(previous, next)
    events.push({ ...next, hash, salt, text })
    heads.set(stream, { version: next.version, hash })
    previous = hash
  }
  return events
}

const walk = (events: readonly StoredEvent[]) => {
  const chain = new ChainWalk()
  for (const event of events) {
    const violation = chain.next(event)
    if (violation) return violation
  }
  return undefined
}

const LENGTH = 200
const flip = (bytes: Uint8Array) => bytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte))

describe("the canonical envelope", () => {
  it("[LOG-6] is always these bytes, so that an auditor's own program can build them", () => {
    expect(canonicalEnvelope(envelope)).toBe(
      `[1,1,"device/dev_1",1,7,"connection.opened",1,"LOADING","CONNECTED","${toHex(envelope.payloadHash)}","whatsapp",null,null,"connection:1",1790000000000,"${"00".repeat(32)}"]`
    )
    // Computed with another program, from the description in docs/ARCHITECTURE.md.
    expect(toHex(envelope.payloadHash)).toBe("d355d911d2f26a54dc0366196d99e2ffef085bb9edf7a495a342ea52c2a4c2f3")
    expect(toHex(hashEnvelope(ZERO_HASH, envelope))).toBe(
      "10f355284066ecf462217ecf5bb4f1cd4b1512b035f7e4d4b4dd5787fb4e08c1"
    )
  })
})

describe("a walk along the chain", () => {
  const events = history(LENGTH)

  it("[LOG-6] finds nothing in an unchanged history", () => {
    expect(walk(events)).toBeUndefined()
  })

  it("[LOG-8] finds nothing if payloads were erased together with their salts", () => {
    expect(walk(events.map((event, i) => (i % 2 ? { ...event, text: null, salt: null } : event)))).toBeUndefined()
  })

  const positions = Array.from({ length: LENGTH }, (_, i) => i)
  const at = (index: number, change: (event: StoredEvent) => StoredEvent) =>
    events.map((event, i) => (i === index ? change(event) : event))

  it.each([
    ["a payload", (event: StoredEvent) => ({ ...event, text: `${event.text} ` })],
    ["a salt", (event: StoredEvent) => ({ ...event, salt: flip(event.salt ?? ZERO_HASH) })],
    ["a payload erased without its salt", (event: StoredEvent) => ({ ...event, text: null })],
    ["a state", (event: StoredEvent) => ({ ...event, toState: "ERROR" })],
    ["a type", (event: StoredEvent) => ({ ...event, type: "connection.lost" })],
    ["a time", (event: StoredEvent) => ({ ...event, recordedAt: event.recordedAt + 1 })],
    ["who did it", (event: StoredEvent) => ({ ...event, who: "gateway" })],
    ["a device", (event: StoredEvent) => ({ ...event, device: 8 })],
    ["a hash", (event: StoredEvent) => ({ ...event, hash: flip(event.hash) })]
  ])("[LOG-6] finds a change of %s at every position", (_name, change) => {
    for (const index of positions) {
      expect(walk(at(index, change))).toEqual({ position: index + 1, reason: "changed" })
    }
  })

  it("[LOG-6] finds every removed event except the last", () => {
    for (const index of positions.slice(0, -1)) {
      expect(walk(events.filter((_, i) => i !== index))).toEqual({ position: index + 1, reason: "removed" })
    }
  })

  it("[LOG-6] finds an inserted event at any position", () => {
    for (const index of positions) {
      const forged = { ...(events[index] as StoredEvent), text: '{"forged":true}' }
      expect(walk([...events.slice(0, index), forged, ...events.slice(index)])?.position).toBe(index + 1)
    }
  })

  it("[LOG-6] finds two events that changed places", () => {
    for (const index of positions.slice(0, -1)) {
      const swapped = [...events]
      swapped[index] = events[index + 1] as StoredEvent
      swapped[index + 1] = events[index] as StoredEvent
      expect(walk(swapped)).toBeDefined()
    }
  })

  it("[LOG-6] finds a forged event even if its hash was recomputed, because the next event does not follow from it", () => {
    const index = 50
    const forged = { ...(events[index] as StoredEvent), toState: "ERROR" }
    forged.hash = hashEnvelope((events[index - 1] as StoredEvent).hash, forged)
    expect(walk(at(index, () => forged))).toEqual({ position: index + 2, reason: "changed" })
  })

  it("[LOG-6] finds a history whose hashes were all recomputed, if a stream is inconsistent", () => {
    for (const index of [1, 4, 50, LENGTH - 1]) {
      let previous = ZERO_HASH
      const anew = at(index, (event) => ({ ...event, streamPreviousHash: flip(event.streamPreviousHash) })).map(
        (event) => {
          previous = hashEnvelope(previous, event)
          return { ...event, hash: previous }
        }
      )
      // Later events of other streams also name hashes that no longer exist, but the walk finds this one first.
      expect(walk(anew.slice(0, index + 1))).toEqual({ position: index + 1, reason: "changed" })
    }
  })

  it("can start in the middle, from a hash that was kept", () => {
    const from = events[99] as StoredEvent
    const chain = new ChainWalk(from.position, from.hash)
    for (const event of events.slice(97, 100)) chain.seed(event.stream, event.version, event.hash)
    for (const event of events.slice(100)) expect(chain.next(event)).toBeUndefined()
    expect(chain.position).toBe(LENGTH)
  })
})

describe("a walk along one stream", () => {
  const events = history(60)
  const own = events.filter(({ stream }) => stream === "device/1")
  const walkAlone = (stream: readonly StoredEvent[]) => {
    const walk = new StreamWalk()
    for (const event of stream) {
      const violation = walk.next(event, events[event.position - 2]?.hash ?? ZERO_HASH)
      if (violation) return violation
    }
    return undefined
  }

  it("[LOG-9] finds nothing in an unchanged stream", () => {
    expect(walkAlone(own)).toBeUndefined()
  })

  it("[LOG-9] finds a forged event by the stream's next event, even if the hash was recomputed", () => {
    for (const [index, event] of own.slice(0, -1).entries()) {
      const forged = { ...event, toState: "ERROR" }
      forged.hash = hashEnvelope(events[event.position - 2]?.hash ?? ZERO_HASH, forged)
      const next = own[index + 1] as StoredEvent
      const tampered = own.with(index, forged)
      expect(walkAlone(tampered)).toEqual({ position: next.position, reason: "changed" })
    }
  })
})
