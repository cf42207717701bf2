import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { QrRound } from "../../src/whatsapp/baileys/pairing/qr-round.ts"

beforeEach(() => vi.useFakeTimers({ now: 0 }))
afterEach(() => vi.useRealTimers())

const REFS = ["a", "b", "c", "d", "e", "f"]

const begin = (qrMs?: number) => {
  const shown: (readonly [at: number, text: string, expiresAt: number, reason?: string])[] = []
  let secret = 1
  let endedAt: number | undefined
  const round = new QrRound({
    qrMs,
    draw: (ref) => `${ref}${secret}`,
    show: (text, expiresAt) => shown.push([Date.now(), text, expiresAt]),
    showAgain: (text, expiresAt, reason) => shown.push([Date.now(), text, expiresAt, reason]),
    ended: () => (endedAt = Date.now())
  })
  round.begin(REFS)
  return { round, shown, ended: () => endedAt, renew: () => secret++ }
}

describe("the QRs of a connection", () => {
  it("are shown as WhatsApp Web shows them: the first for a minute, each of the next five for 20 seconds", () => {
    const { shown, round, ended } = begin()
    vi.advanceTimersByTime(160_000)
    const times = shown.map(([at, , expiresAt]) => [at, expiresAt])
    expect(times).toEqual([
      [0, 60_000],
      [60_000, 80_000],
      [80_000, 100_000],
      [100_000, 120_000],
      [120_000, 140_000],
      [140_000, 160_000]
    ])
    expect([ended(), round.isOver]).toEqual([160_000, true])
  })

  it("have each the time that a setting gives them", () => {
    const { shown, ended } = begin(500)
    vi.advanceTimersByTime(3_000)
    expect(shown.map(([, , expiresAt]) => expiresAt)).toEqual([500, 1_000, 1_500, 2_000, 2_500, 3_000])
    expect(ended()).toBe(3_000)
  })

  it("are drawn from the secret as it is when they are shown", () => {
    const { shown, renew } = begin(500)
    renew()
    vi.advanceTimersByTime(500)
    expect(shown.map(([, text]) => text)).toEqual(["a1", "b2"])
  })

  it("are drawn again with the same ref until the same time, and the next one comes when it would have come", () => {
    const { shown, round, renew } = begin(500)
    vi.advanceTimersByTime(200)
    renew()
    round.redraw("refused")
    vi.advanceTimersByTime(300)
    expect(shown).toEqual([
      [0, "a1", 500],
      [200, "a2", 500, "refused"],
      [500, "b2", 1_000]
    ])
  })

  it("are not drawn again before the first, after the last, or once they are stopped", () => {
    const { shown, round, ended } = begin(500)
    round.stop()
    round.redraw("refused")
    vi.advanceTimersByTime(10_000)
    expect([shown.length, ended(), round.isOver]).toEqual([1, undefined, true])
  })
})
