import { describe, expect, it } from "vitest"
import type { RecordedEvent } from "../../src/events/envelope.ts"
import { ZERO_HASH } from "../../src/events/hash-chain.ts"
import { Tail } from "../../src/store/log/tail.ts"

const at = (position: number): RecordedEvent => ({
  envelopeVersion: 1,
  position,
  stream: "messages/a",
  version: position,
  device: 1,
  type: "message.received",
  schemaVersion: 1,
  fromState: null,
  toState: null,
  payloadHash: ZERO_HASH,
  who: "test",
  commandId: null,
  causation: null,
  correlation: null,
  recordedAt: position,
  streamPreviousHash: ZERO_HASH,
  hash: ZERO_HASH,
  text: "12345"
})
const positionsOf = (events: readonly RecordedEvent[] | undefined) => events?.map(({ position }) => position)
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)

describe("the end of the log in memory", () => {
  it.each([
    ["events", new Tail(100, 8)],
    ["characters", new Tail(100, 1_000, 40)]
  ])("[LOG-4] has all that follows a position, or says that it does not, bounded in %s", (_bound, tail) => {
    for (let position = 101; position <= 150; position++) {
      tail.publish([at(position)])
      expect(tail.end).toBe(position)
      const known = from(90, position).filter((after) => tail.after(after, 100) !== undefined)
      expect(known.length).toBeGreaterThan(1)
      expect(known.length).toBeLessThanOrEqual(9)
      expect(known).toEqual(from(known[0] ?? 0, position))
      for (const after of known) {
        expect(positionsOf(tail.after(after, 100))).toEqual(from(after + 1, position))
        expect(positionsOf(tail.after(after, 2))).toEqual(from(after + 1, Math.min(position, after + 2)))
      }
    }
  })

  it("[LOG-8] forgets erased payloads and dropped events, and no longer counts them", () => {
    const tail = new Tail(0, 1_000, 40)
    tail.publish(from(1, 8).map(at))
    tail.redact(new Set([2, 3]))
    expect(tail.after(0, 4)?.map(({ text }) => text)).toEqual(["12345", null, null, "12345"])
    tail.drop(2)
    expect(tail.after(1, 100)).toBeUndefined()
    expect(positionsOf(tail.after(2, 100))).toEqual(from(3, 8))
    tail.publish([at(9), at(10), at(11)])
    expect(positionsOf(tail.after(2, 100))).toEqual(from(3, 11))
    tail.drop(11)
    expect(tail.after(10, 100)).toBeUndefined()
    expect(tail.after(11, 100)).toEqual([])
  })

  it("wakes a follower once it has grown beyond the follower's position, unless the follower has left", () => {
    const tail = new Tail(10)
    const woken: string[] = []
    tail.onGrown(9, () => woken.push("behind"))
    expect(woken).toEqual(["behind"])
    tail.onGrown(10, () => woken.push("at the end"))
    tail.onGrown(10, () => woken.push("left"))()
    tail.publish([at(11)])
    tail.publish([at(12)])
    expect(woken).toEqual(["behind", "at the end"])
  })
})
