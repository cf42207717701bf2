import { expect, it } from "vitest"
import { EarliestTime } from "../../src/store/earliest-time.ts"

const HOUR = 3_600_000
const BOOT = 1_790_000_000_000

/** Looks once an hour at a wall clock that is so many hours ahead; answers by how many the answer is. */
const looks = (leads: readonly number[]): readonly number[] => {
  const time = new EarliestTime()
  return leads.map((lead, hour) => (time.look(BOOT + (hour + lead) * HOUR, hour * HOUR) - BOOT) / HOUR - hour)
}

const times = (count: number, lead: number): readonly number[] => Array.from({ length: count }, () => lead)

it("[LOG-8] a clock that was set forward is believed after a day, so that nothing is erased before its time", () => {
  expect(looks([0, ...times(24, 100_000)])).toEqual([...times(24, 0), 100_000])
  expect(looks([0, 2, 0, 2, 0])).toEqual(times(5, 0))
})

it("a clock that was set back is believed at once, and so is the first look", () => {
  expect(looks([5, 5, 3, 3, 5])).toEqual([5, 5, 3, 3, 3])
})
