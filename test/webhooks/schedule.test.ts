import { describe, expect, it } from "vitest"
import type { Delivery } from "../../src/store/webhook/delivery.ts"
import { askedDelayMs, defaultDelaysMs, delaysOf, nextAttempt } from "../../src/webhooks/schedule.ts"
import { verdictOn } from "../../src/webhooks/verdict.ts"

const HOUR = 3_600_000
const T0 = 1_790_000_000_000

/** Lets every attempt get this answer; returns the times of the attempts in milliseconds, and the last delivery. */
const simulate = (status: number, retryAfter?: string, attemptsMax = 1_000) => {
  const times: number[] = []
  let before: Delivery | undefined
  let disable: string | undefined
  for (let now = T0; times.length < attemptsMax; ) {
    times.push(now - T0)
    const outcome = {
      attempt: { at: now, status, durationMs: 1, answer: "" },
      isDelivered: status === 200,
      accepted: 0,
      retryAfter
    }
    const situation = { position: 7, before, failingSince: T0, delaysMs: defaultDelaysMs, now, random: 0.5 }
    const verdict = verdictOn(outcome, situation)
    before = verdict.delivery
    ;({ disable } = verdict)
    if (before.nextAt === null) break
    now = before.nextAt
  }
  return { times, delivery: before, disable }
}

describe("[HOOK-1] the schedule", () => {
  it("is that of Svix: eight attempts, then the event is parked", () => {
    const { times, delivery, disable } = simulate(500)
    const delays = times.slice(1).map((time, n) => time - (times[n] ?? 0))
    expect(delays).toEqual([5_000, 300_000, 1_800_000, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR])
    expect(delivery).toMatchObject({ status: "parked", attempts: 8, nextAt: null })
    expect(disable).toBeUndefined()
  })

  it("is varied by a tenth up and down", () => {
    const failure = { step: 1, ageMs: 0, askedMs: undefined }
    expect(nextAttempt(defaultDelaysMs, failure, 0)).toEqual({ step: 2, delayMs: 270_000 })
    expect(nextAttempt(defaultDelaysMs, failure, 1)).toEqual({ step: 2, delayMs: 330_000 })
  })

  it("waits as long as a receiver asks with 429 or 503, and ends when it would have ended", () => {
    const { times, delivery } = simulate(429, "60", 10_000)
    expect(times[1]).toBe(63_000)
    expect(times.at(-1)).toBeGreaterThan(27 * HOUR)
    expect(times.at(-1)).toBeLessThan(28 * HOUR)
    expect(delivery?.status).toBe("parked")
    expect(delivery?.history).toHaveLength(20)
  })

  it.each([
    [429, "120", 120_000],
    [503, "0", 1_000],
    [429, "999999", HOUR],
    [429, new Date(T0 + 30_000).toUTCString(), 30_000],
    [429, new Date(T0 - 30_000).toUTCString(), 1_000],
    [429, "soon", undefined],
    [500, "120", undefined],
    [429, undefined, undefined]
  ])("after %i with Retry-After %s waits for %s ms", (status, retryAfter, expected) => {
    expect(askedDelayMs({ status, retryAfter }, T0)).toBe(expected)
  })
})

describe("[HOOK-5] an endpoint", () => {
  const outcome = (status: number, at: number) => ({
    attempt: { at, status, durationMs: 1, answer: "" },
    isDelivered: status === 200,
    accepted: 0,
    retryAfter: undefined
  })
  const at = (now: number, failingSince: number | null, status = 500) =>
    verdictOn(outcome(status, now), {
      position: 7,
      before: undefined,
      failingSince,
      delaysMs: defaultDelaysMs,
      now,
      random: 0
    })

  it("is disabled once every attempt failed for five days, and not before", () => {
    expect(at(T0 + 120 * HOUR - 1, T0).disable).toBeUndefined()
    expect(at(T0 + 120 * HOUR, T0)).toMatchObject({ disable: "failing", delivery: { status: "parked" } })
    expect(at(T0 + 120 * HOUR, null).disable).toBeUndefined()
    expect(at(T0 + 120 * HOUR, T0, 200)).toMatchObject({ disable: undefined, delivery: { status: "delivered" } })
  })

  it("is disabled by 410 at once, and the event stays visible", () => {
    expect(at(T0, null, 410)).toMatchObject({ disable: "gone", delivery: { status: "parked", attempts: 1 } })
  })
})

describe("WEBHOOK_RETRIES", () => {
  it("is a list of delays", () => {
    expect(delaysOf("100ms, 5s,5m,30m,2h")).toEqual([100, 5_000, 300_000, 1_800_000, 7_200_000])
    for (const wrong of ["5", "5d", "s", "5s,,5m", "-5s", ""]) expect(delaysOf(wrong), wrong).toBeUndefined()
  })
})
