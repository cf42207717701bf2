import { afterEach, beforeEach, expect, it, vi } from "vitest"
import { RequestWindows } from "../../src/http/plugins/request-windows.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date", "performance"], now: 1_790_000_000_000 }))
afterEach(() => void vi.useRealTimers())

/** Counts a request. Returns the number of requests in the window, and how long the window lasts. */
const ask = (windows: RequestWindows, key = "a"): readonly [number, number] => {
  let answer: readonly [number, number] = [0, 0]
  windows.incr(key, (_failure, { current, ttl }) => (answer = [current, ttl]), MINUTE)
  return answer
}

it("counts each key's requests in separate windows", () => {
  const windows = new RequestWindows()
  expect([ask(windows), ask(windows), ask(windows, "b")]).toEqual([
    [1, MINUTE],
    [2, MINUTE],
    [1, MINUTE]
  ])
  vi.advanceTimersByTime(MINUTE - 1)
  expect(ask(windows)).toEqual([3, 1])
  vi.advanceTimersByTime(1)
  expect(ask(windows)).toEqual([1, MINUTE])
})

it.each([-2 * HOUR, 2 * HOUR])("setting the clock by %i ms makes no window longer or shorter", (setBy) => {
  const windows = new RequestWindows()
  ask(windows)
  vi.setSystemTime(Date.now() + setBy)
  expect(ask(windows)).toEqual([2, MINUTE])
  vi.advanceTimersByTime(MINUTE)
  expect(ask(windows)).toEqual([1, MINUTE])
})

it("keeps a bounded number of keys, the newest", () => {
  const windows = new RequestWindows()
  for (let key = 0; key <= 10_000; key++) ask(windows, String(key))
  expect(ask(windows, "10000")[0]).toBe(2)
  expect(ask(windows, "0")[0]).toBe(1)
})
