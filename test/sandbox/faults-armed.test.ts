import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { ArmedFaults } from "../../src/sandbox/faults/armed-faults.ts"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { seededRandom } from "../../src/sandbox/faults/seeded-random.ts"

const ANA = "5491155550001"
const BEA = "5491155550002"

/** A set of faults with one armed. */
function armed(fault: Fault): ArmedFaults {
  const faults = new ArmedFaults(() => undefined)
  faults.arm(fault)
  return faults
}

/** How often a fault strikes when it is given every chance, up to ten. */
function strikes(faults: ArmedFaults, kind: Fault["kind"], number?: string): number {
  let count = 0
  while (count < 10 && faults.trigger(kind, number) !== undefined) count++
  return count
}

describe("an armed fault", () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  it("that is an accident strikes once, or as often as it is told", () => {
    expect(strikes(armed({ kind: "tamper" }), "tamper", ANA)).toBe(1)
    expect(strikes(armed({ kind: "tamper", times: 3 }), "tamper", ANA)).toBe(3)
    expect(strikes(armed({ kind: "tamper", untilCleared: true }), "tamper", ANA)).toBe(10)
  })

  it("that is a state of affairs lasts, unless it is told how often", () => {
    expect(strikes(armed({ kind: "upgrade", code: 503 }), "upgrade")).toBe(10)
    expect(strikes(armed({ kind: "passkey" }), "passkey", ANA)).toBe(10)
    expect(strikes(armed({ kind: "upgrade", code: 503, times: 2 }), "upgrade")).toBe(2)
  })

  it("that has a time strikes until it is over", () => {
    const faults = armed({ kind: "ack_error", code: 463, forMs: 1000 })
    expect(strikes(faults, "ack_error", ANA)).toBe(10)
    vi.advanceTimersByTime(999)
    expect(strikes(faults, "ack_error", ANA)).toBe(10)
    vi.advanceTimersByTime(1)
    expect(strikes(faults, "ack_error", ANA)).toBe(0)
  })

  it("strikes whom it aims at, and without an aim everybody", () => {
    const faults = armed({ kind: "drop", number: ANA })
    expect(faults.trigger("drop", BEA)).toBeUndefined()
    expect(faults.trigger("drop", ANA)).toMatchObject({ kind: "drop", number: ANA })
    expect(strikes(armed({ kind: "drop" }), "drop", BEA)).toBe(1)
  })

  it("strikes in the order in which it was armed", () => {
    const faults = armed({ kind: "ack_error", code: 463 })
    faults.arm({ kind: "ack_error", code: 479 })
    expect([faults.trigger("ack_error", ANA)?.code, faults.trigger("ack_error", ANA)?.code]).toEqual([463, 479])
  })

  it("can be looked at without being used up, and is gone when cleared", () => {
    const faults = armed({ kind: "latency", ms: 50 })
    expect(faults.peek("latency", ANA)?.ms).toBe(50)
    expect(faults.peek("latency", ANA)?.ms).toBe(50)
    faults.clear()
    expect(faults.peek("latency", ANA)).toBeUndefined()
  })
})

describe("seeded randomness", () => {
  it("is the same for the same seed, and another for another", () => {
    const draw = (seed: number): number[] => Array.from({ length: 5 }, seededRandom(seed))
    expect(draw(7)).toEqual(draw(7))
    expect(draw(7)).not.toEqual(draw(8))
    expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true)
  })
})
