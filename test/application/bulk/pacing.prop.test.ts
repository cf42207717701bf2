import fc from "fast-check"
import { describe, expect, it } from "vitest"
import {
  dayStart,
  defaultPacing,
  nextAfter,
  nextDay,
  outsideQuiet,
  type Pacing
} from "../../../src/application/bulk/pacing.ts"

const ZONES = ["UTC", "America/Lima", "Europe/Madrid", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]
const zone = fc.constantFrom(...ZONES)
const time = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2040, 0, 1) })
const clock = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.integer({ min: 0, max: 59 }))
  .map((parts) => parts.map((part) => String(part).padStart(2, "0")).join(":"))
const HOUR = 3_600_000

const localTime = (at: number, timeZone: string): string =>
  new Intl.DateTimeFormat("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(at)
const isQuiet = (now: string, from: string, to: string): boolean =>
  from <= to ? now >= from && now < to : now >= from || now < to

describe("quiet hours", () => {
  it("hold every message back, in any time zone, and not longer than a day", () => {
    fc.assert(
      fc.property(time, zone, clock, clock, (at, timeZone, from, to) => {
        fc.pre(from !== to)
        const pacing: Pacing = { ...defaultPacing, timeZone, quietHours: { from, to } }
        const free = outsideQuiet(pacing, at)
        expect(isQuiet(localTime(free, timeZone), from, to)).toBe(false)
        expect(free).toBeGreaterThanOrEqual(at)
        expect(free - at).toBeLessThanOrEqual(26 * HOUR)
        if (!isQuiet(localTime(at, timeZone), from, to)) expect(free).toBe(at)
      })
    )
  })

  it("over midnight end in the morning of the time zone", () => {
    const pacing: Pacing = { ...defaultPacing, timeZone: "America/Lima", quietHours: { from: "21:00", to: "08:00" } }
    const at = Date.parse("2026-01-31T23:30:00-05:00")
    expect(outsideQuiet(pacing, at)).toBe(Date.parse("2026-02-01T08:00:00-05:00"))
  })
})

describe("the day of a time zone", () => {
  it("begins at its midnight, or at the first minute after a midnight that the clock skips", () => {
    fc.assert(
      fc.property(time, zone, (at, timeZone) => {
        const start = dayStart(at, timeZone)
        expect(localTime(start, timeZone)).toBe("00:00")
        expect(at - start).toBeGreaterThanOrEqual(0)
        expect(at - start).toBeLessThan(26 * HOUR)
        expect(nextDay(at, timeZone)).toBeGreaterThan(at)
        expect(dayStart(nextDay(at, timeZone), timeZone)).toBe(nextDay(at, timeZone))
      })
    )
  })
})

describe("the pause between two messages", () => {
  it("is at least as long as the drawn gap, and as the rate allows", () => {
    const gaps = fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 60 }))
    const chance = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })
    fc.assert(
      fc.property(time, fc.integer({ min: 1, max: 600 }), gaps, chance, (lastAt, perMinute, [min, more], random) => {
        const pacing: Pacing = { ...defaultPacing, perMinute, gapSeconds: { min, max: min + more } }
        const pause = nextAfter(pacing, lastAt, random) - lastAt
        expect(pause).toBeGreaterThanOrEqual(1_000 * min)
        expect(pause).toBeGreaterThanOrEqual(60_000 / perMinute)
        expect(pause).toBeLessThanOrEqual(Math.ceil(Math.max(1_000 * (min + more), 60_000 / perMinute)))
      })
    )
  })
})
