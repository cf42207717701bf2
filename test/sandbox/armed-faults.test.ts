/** How often and for whom an armed fault is triggered, and the seeded random numbers of latency. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ArmedFaults } from "../../src/sandbox/faults/armed-faults.ts"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { seededRandom } from "../../src/sandbox/faults/seeded-random.ts"

const ANA = "5491155550001"
const BEA = "5491155550002"

/** Armed faults with this one. */
function armed(fault: Fault): ArmedFaults {
  const faults = new ArmedFaults(() => undefined)
  faults.arm(fault)
  return faults
}

/** How often a fault can be triggered, up to ten. */
function triggers(faults: ArmedFaults, kind: Fault["kind"], number?: string): number {
  let count = 0
  while (count < 10 && faults.trigger(kind, number) !== undefined) count++
  return count
}

describe("an armed fault", () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it("of a kind that is an accident is triggered once, or `times` times", () => {
    expect(triggers(armed({ kind: "tamper" }), "tamper", ANA)).toBe(1)
    expect(triggers(armed({ kind: "tamper", times: 3 }), "tamper", ANA)).toBe(3)
    expect(triggers(armed({ kind: "tamper", untilCleared: true }), "tamper", ANA)).toBe(10)
  })

  it("of a kind that is a condition lasts until cleared, unless `times` is given", () => {
    expect(triggers(armed({ kind: "upgrade", code: 503 }), "upgrade")).toBe(10)
    expect(triggers(armed({ kind: "passkey" }), "passkey", ANA)).toBe(10)
    expect(triggers(armed({ kind: "upgrade", code: 503, times: 2 }), "upgrade")).toBe(2)
  })

  it("with `forMs` is triggered until that time is over", () => {
    const faults = armed({ kind: "ack_error", code: 463, forMs: 1000 })
    expect(triggers(faults, "ack_error", ANA)).toBe(10)
    vi.advanceTimersByTime(999)
    expect(triggers(faults, "ack_error", ANA)).toBe(10)
    vi.advanceTimersByTime(1)
    expect(triggers(faults, "ack_error", ANA)).toBe(0)
  })

  it("affects its number, or every number when it has none", () => {
    const faults = armed({ kind: "drop", number: ANA })
    expect(faults.trigger("drop", BEA)).toBeUndefined()
    expect(faults.trigger("drop", ANA)).toMatchObject({ kind: "drop", number: ANA })
    expect(triggers(armed({ kind: "drop" }), "drop", BEA)).toBe(1)
  })

  it("is triggered before one that was armed later", () => {
    const faults = armed({ kind: "ack_error", code: 463 })
    faults.arm({ kind: "ack_error", code: 479 })
    expect([faults.trigger("ack_error", ANA)?.code, faults.trigger("ack_error", ANA)?.code]).toEqual([463, 479])
  })

  it("is not used up by peek, and is disarmed by clear", () => {
    const faults = armed({ kind: "latency", ms: 50 })
    expect(faults.peek("latency", ANA)?.ms).toBe(50)
    expect(faults.peek("latency", ANA)?.ms).toBe(50)
    faults.clear()
    expect(faults.peek("latency", ANA)).toBeUndefined()
  })
})

describe("seeded randomness", () => {
  it("is the same for the same seed, and different for another seed", () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed))
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true)
  })
})
