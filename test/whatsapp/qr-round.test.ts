import { expect, it } from "vitest"
import { QrRound } from "../../src/whatsapp/baileys/pairing/qr-round.ts"

it("WhatsApp Web shows the first QR for a minute and each of the next five for 20 seconds", () => {
  const round = new QrRound(undefined)
  expect(round.next(1_000)).toBe(61_000)
  expect(round.endsAt).toBe(161_000)
  expect(round.next(61_000)).toBe(81_000)
  expect(round.next(81_000)).toBe(101_000)
  expect(round.endsAt).toBe(161_000)
})

it("a setting gives each of the six QRs the same time", () => {
  const round = new QrRound(500)
  expect([round.next(0), round.next(500), round.endsAt]).toEqual([500, 1_000, 3_000])
})
