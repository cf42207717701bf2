import { expect, it } from "vitest"
import { EarliestTime } from "../../src/store/earliest-time.ts"

const HOUR = 3_600_000
const BOOT = 1_790_000_000_000

/** Reads the earliest time once per hour of a wall clock that is so many hours ahead; returns by how many hours the result is ahead. */
const looks = (leads: readonly number[]): readonly number[] => {
  const time = new EarliestTime()
  return leads.map((lead, hour) => (time.look(BOOT + (hour + lead) * HOUR, hour * HOUR) - BOOT) / HOUR - hour)
}

const times = (count: number, lead: number): readonly number[] => Array.from({ length: count }, () => lead)

it("[LOG-8] believes a clock that was set forward only after a day, so that nothing is erased too early", () => {
  expect(looks([0, ...times(24, 100_000)])).toEqual([...times(24, 0), 100_000])
  expect(looks([0, 2, 0, 2, 0])).toEqual(times(5, 0))
})

it("believes a clock that was set back at once, and the first reading too", () => {
  expect(looks([5, 5, 3, 3, 5])).toEqual([5, 5, 3, 3, 3])
})
