/** Links by pairing code, and everything that a phone or WhatsApp does against them. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { LinkingScene, note } from "./support/attempt.ts"
import { DOORS } from "./support/catalogue.ts"

let scene: LinkingScene

beforeAll(async () => {
  scene = await LinkingScene.start()
})
afterAll(() => scene[Symbol.asyncDispose]())

describe.each(DOORS)("a pairing code through the %s", (door) => {
  it("links the device when nothing is refused", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    await link.enter(await link.code())
    await link.linked()
    note(test, await link.row("nothing is refused, by code"))
  })

  for (const code of [400, 403, 429, 452, 500] as const) {
    it(`is not given when WhatsApp refuses with ${code}: the client gets the reason, and no code`, async (test) => {
      const link = await scene.attempt(door)
      link.fault({ kind: "refuse_code", code, backoff: 30 })
      await link.told("scan")
      const answer = await link.door.askCode(link.number)
      link.answered("code", answer)
      expect(answer).toMatchObject({
        status: code === 429 ? 429 : 422,
        body: { code: "code-refused", whatsappCode: code, detail: expect.stringContaining("scan the QR") }
      })
      expect(answer.headers.get("retry-after")).toBe("30")
      expect((await link.door.look()).code).toBeNull()
      note(test, await link.row(`the request for a code is refused with ${code}`))
      // The QR still links: the refused request has left nothing behind.
      await link.scan()
      await link.linked()
    })
  }

  it("is not given when WhatsApp never answers", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_code" })
    await link.told("scan")
    const answer = await link.door.askCode(link.number)
    link.answered("code", answer)
    expect(answer).toMatchObject({ status: 503, body: { code: "no-answer" } })
    note(test, await link.row("the request for a code is never answered"))
  })

  it("still links after the phone has refused the secret of the QR beside it", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_secret" })
    await link.told("scan")
    const code = await link.code()
    await link.scanInVain("scans and refuses", /try again/)
    await link.told("scan_again")
    await link.enter(code)
    await link.linked()
    note(test, await link.row("the phone refuses the secret of the QR beside the code"))
  })

  it("links although a new secret is asked for after the phone has answered: that secret has to stay", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "late_refresh" })
    await link.told("scan")
    await link.enter(await link.code())
    await link.linked()
    note(test, await link.row("a new secret is asked for after the phone has answered"))
  })

  it("survives an answer of the phone that is empty", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "code_notice", notice: "empty" })
    await link.told("scan")
    const code = await link.code()
    await link.enterInVain(code, "answers without its key", /could not link/)
    await link.enter(code, "types the same code again")
    await link.linked()
    note(test, await link.row("the phone's answer is empty"))
  })

  for (const [notice, refusal] of [
    ["refresh_code", "WhatsApp asks for a new code"],
    ["forced_refresh_code", "WhatsApp asks for a new code, by hand"]
  ] as const) {
    it(`ends with ${notice}, and a new one links`, async (test) => {
      const link = await scene.attempt(door)
      link.fault({ kind: "code_notice", notice })
      await link.told("scan")
      await link.enterInVain(await link.code(), "refuses the code", /request a new one/)
      expect((await link.told("new_code")).code).toBeNull()
      await link.enter(await link.code(), "types the new code")
      await link.linked()
      note(test, await link.row(refusal))
    })
  }

  it("links when another code was typed before it, within its three attempts", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    const code = await link.code()
    await link.enterInVain("AAAAAAAA", "types another code", /the code is wrong/)
    await link.enter(code, "types the right one")
    await link.linked()
    note(test, await link.row("another code is typed, then the right one"))
  })

  it("ends when an older one is typed in its place: WhatsApp says nothing, and after its time the client is told", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    const older = await link.code()
    await link.code()
    await link.enterInVain(older, "types the older code", /the code is wrong/)
    const { reason } = await link.told("new_code")
    expect(reason).toBe("code_unanswered")
    await link.enter(await link.code(), "types the new code")
    await link.linked()
    note(test, await link.row("an older code is typed"))
  })

  it("ends when nothing follows the phone's answer, and the QR is drawn from a new secret", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_finish" })
    const before = await link.told("scan")
    await link.enterInVain(await link.code(), "answers, and hears nothing", /did not continue/)
    const after = await link.told("new_code")
    expect(after.qr).not.toBe(before.qr)
    await link.scan("scans the new QR")
    await link.linked()
    note(test, await link.row("silence after the phone has answered"))
  })

  it("ends when WhatsApp refuses what follows the phone's answer", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "refuse_finish", code: 400 })
    await link.told("scan")
    await link.enterInVain(await link.code(), "answers, and hears nothing", /did not continue/)
    await link.told("new_code")
    expect((await link.events()).at(-1)).toMatchObject({ data: { reason: "refused", code: 400 } })
    await link.enter(await link.code(), "types the new code")
    await link.linked()
    note(test, await link.row("what follows the phone's answer is refused"))
  })

  it("is shown no longer than it is valid", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    const code = await link.code()
    await link.told("scan")
    expect((await link.door.look()).code).toBeNull()
    // WhatsApp counts from when it got the request, a little later than the gateway.
    await new Promise((resolve) => setTimeout(resolve, 500))
    await link.enterInVain(code, "types the code too late", /expired/)
    note(test, await link.row("no phone types the code in time"))
  })
})
