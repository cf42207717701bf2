/** Links by QR, and everything that a phone or WhatsApp does against them: for a client of the API, and on the page of a hosted link. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { DOORS } from "./support/catalogue.ts"
import { LinkingScene, note } from "./support/attempt.ts"

const PING_MS = 100

let scene: LinkingScene

beforeAll(async () => {
  scene = await LinkingScene.start({ network: { pingMs: PING_MS } })
})
afterAll(() => scene[Symbol.asyncDispose]())

describe.each(DOORS)("a link by QR through the %s", (door) => {
  it("is made when nothing is refused", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    await link.scan()
    await link.linked()
    note(test, await link.row("nothing is refused"))
  })

  for (const child of ["companion_reg_refresh", "pair-device-rotate-qr"] as const) {
    it(`gets another QR when the phone refuses the secret with ${child}, and that one links`, async (test) => {
      const link = await scene.attempt(door)
      link.fault({ kind: "refuse_secret", child })
      const before = await link.told("scan")
      await link.scanInVain("refuses", /try again/)
      const after = await link.told("scan_again")
      expect(after.qr).not.toBe(before.qr)
      await link.scan("scans the new QR")
      await link.linked()
      const [issued, redrawn] = (await link.events()).filter(({ type }) => type.startsWith("pairing.qr_"))
      // With the same ref, until the same time, and not counted.
      expect([redrawn?.type, redrawn?.data.expiresAt]).toEqual(["pairing.qr_redrawn", issued?.data.expiresAt])
      note(test, await link.row(`the phone refuses the secret (${child})`))
    })
  }

  it("gets another QR each time that the phone refuses", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_secret", times: 2 })
    await link.told("scan")
    await link.scanInVain("refuses", /try again/)
    const first = await link.told("scan_again")
    await link.scanInVain("refuses again", /try again/)
    const isAnother = async () => (await link.door.look()).qr !== first.qr
    await expect.poll(isAnother).toBe(true)
    await link.scan("scans the third QR")
    await link.linked()
    note(test, await link.row("the phone refuses the secret twice"))
  })

  it("keeps its QR when the notice asks for nothing, and that one links", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_secret", child: "none" })
    const { qr } = await link.told("scan")
    await link.scanInVain("refuses without a reason", /try again/)
    const acked = () =>
      scene.gateway.network.notices.some(
        ({ type, child, isAcknowledged }) => type === "companion_reg_refresh" && child === undefined && isAcknowledged
      )
    await expect.poll(acked).toBe(true)
    expect((await link.door.look()).qr).toBe(qr)
    await link.scan("scans the same QR")
    await link.linked()
    note(test, await link.row("the phone refuses once, and the notice asks for nothing"))
  })

  it("does not mind a continuation that it has not asked for", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "unasked_continuation" })
    await link.told("scan")
    await link.scan()
    await link.linked()
    note(test, await link.row("an unasked continuation of a passkey"))
  })

  it("begins again by itself when WhatsApp ends the stream", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    scene.gateway.network.fault({ kind: "stream_end" })
    await link.state("RECONNECTING")
    await link.told("scan")
    await link.scan()
    await link.linked()
    note(test, await link.row("WhatsApp ends the stream before a phone has scanned"))
  })
})
