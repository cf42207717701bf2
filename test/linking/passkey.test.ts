/** Accounts that a passkey protects, and everything that goes wrong with one. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { PasskeyVariant } from "../../src/sandbox/faults/fault.ts"
import { type Attempt, LinkingScene, note } from "./support/attempt.ts"
import { type DoorName, DOORS } from "./support/catalogue.ts"

let scene: LinkingScene

beforeAll(async () => {
  scene = await LinkingScene.start()
})
afterAll(() => scene[Symbol.asyncDispose]())

/** A phone with a passkey has scanned. `variant`: what goes wrong with the first challenge. */
const demanded = async (door: DoorName, variant?: PasskeyVariant, ms?: number): Promise<Attempt> => {
  const link = await scene.attempt(door)
  const details = { ...(variant === undefined ? {} : { variant }), ...(ms === undefined ? {} : { ms }) }
  link.fault({ kind: "passkey", times: 1, ...details })
  await link.told("scan")
  await link.scan("scans and demands the passkey")
  return link
}

/** The rest of a ceremony that succeeds, from the challenge that the client has. */
const complete = async (link: Attempt): Promise<void> => {
  await link.signed()
  await link.confirmed()
  await link.linked()
}

describe.each(DOORS)("a link with a passkey through the %s", (door) => {
  it("is made after a QR: the owner signs, and compares a code (complaint 1)", async (test) => {
    const link = await demanded(door)
    const { state, qr } = await link.told("passkey")
    expect([state, qr]).toEqual(["LOADING", null])
    await complete(link)
    note(test, await link.row("nothing is refused, after a QR"))
  })

  it("is made after a pairing code", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "passkey", times: 1 })
    await link.told("scan")
    await link.enter(await link.code(), "types the code and demands the passkey")
    expect((await link.told("passkey")).code).toBeNull()
    await complete(link)
    note(test, await link.row("nothing is refused, after a code"))
  })

  it("is made after a pairing code that the phone answers without its key", async (test) => {
    const link = await scene.attempt(door)
    link.fault({ kind: "code_notice", notice: "empty" })
    link.fault({ kind: "passkey", times: 1 })
    await link.told("scan")
    await link.enter(await link.code(), "answers without its key and demands the passkey")
    await link.told("passkey")
    await complete(link)
    note(test, await link.row("nothing is refused, after a code whose answer is empty"))
  })

  it("is made when the demand has no challenge: the gateway asks for one", async (test) => {
    const link = await demanded(door, "no_options")
    await link.told("passkey")
    await complete(link)
    note(test, await link.row("the demand has no challenge"))
  })

  it("proves that this is the client whose QR the phone scanned, once", async () => {
    const link = await demanded(door)
    await link.signed()
    await link.told("confirm_code")
    expect(link.phone.passkey?.isHandedOver).toBe(true)
    await link.door.confirm(true)
    await link.linked()
  })
})

describe.each(DOORS)("an assertion through the %s", (door) => {
  for (const [refusal, circumstances, words] of [
    ["the passkey was used on another page", { origin: "https://example.com" }, "https://web.whatsapp.com"],
    ["an older challenge was signed", { challenge: "b2xkZXI" }, "sign the new one"]
  ] as const) {
    it(`is refused before WhatsApp sees it when ${refusal}, and the right one is taken`, async (test) => {
      const link = await demanded(door)
      await link.told("passkey")
      const answer = await link.sign(circumstances)
      link.answered("assertion", answer)
      expect(answer).toMatchObject({
        status: 422,
        body: { code: "assertion-unfit", detail: expect.stringContaining(words) }
      })
      expect(link.phone.passkey?.stage).toBe("asked")
      await complete(link)
      note(test, await link.row(refusal))
    })
  }

  it("that WhatsApp refuses fails with its code, and WhatsApp is asked for another challenge", async (test) => {
    const link = await demanded(door, "refused")
    await link.told("passkey")
    const answer = await link.sign()
    link.answered("assertion", answer)
    expect(answer).toMatchObject({ status: 422, body: { code: "passkey-refused", whatsappCode: 403 } })
    await link.told("passkey")
    await complete(link)
    note(test, await link.row("WhatsApp refuses the assertion"))
  })

  it("that the owner does not give in time ends the challenge, and there is another one", async (test) => {
    const link = await demanded(door, undefined, 300)
    const first = await link.told("passkey")
    const isAnother = async () => {
      const { passkey } = await link.door.look()
      return (
        passkey?.options?.challenge !== undefined && passkey.options.challenge !== first.passkey?.options?.challenge
      )
    }
    await expect.poll(isAnother).toBe(true)
    await link.told("passkey")
    await complete(link)
    note(test, await link.row("the owner does not sign in time"))
  })

  it("is not taken when WhatsApp has not asked for one", async (test) => {
    const link = await scene.attempt(door)
    await link.told("scan")
    const assertion = link.phone.signPasskey({ challenge: "AAAA", rpId: "whatsapp.com" })
    const answer = await link.door.answer(assertion)
    link.answered("assertion", answer)
    const confirmation = await link.door.confirm(true)
    link.answered("confirmation", confirmation)
    expect([answer.body, confirmation.body]).toMatchObject([
      { status: 409, code: "passkey-not-asked", step: "assertion" },
      { status: 409, code: "passkey-not-asked", step: "confirmation" }
    ])
    note(test, await link.row("a step that WhatsApp does not wait for"))
  })
})

describe.each(DOORS)("what follows the assertion, through the %s", (door) => {
  for (const [variant, refusal, reason] of [
    ["no_continuation", "no continuation", "passkey_no_continuation"],
    ["short_key", "a continuation with a key of 31 bytes", "passkey_bad_continuation"],
    ["nonce_refused", "WhatsApp refuses the nonce", "passkey_refused"]
  ] as const) {
    it(`${refusal}: the client is told why, and signs another challenge`, async (test) => {
      const link = await demanded(door, variant)
      const first = await link.told("passkey")
      expect(first.reason).toBeNull()
      await link.signed()
      expect((await link.told("passkey")).reason).toBe(reason)
      await complete(link)
      note(test, await link.row(refusal))
    })
  }

  it("no continuation, three times: the gateway gives up and begins again with a QR", async (test) => {
    const link = await demanded(door, "no_continuation")
    link.fault({ kind: "passkey", times: 2, variant: "no_continuation" })
    for (let challenge = 0; challenge < 3; challenge++) {
      await link.told("passkey")
      await link.signed()
    }
    const { state, reason } = await link.told("scan_again")
    expect([state, reason]).toEqual(["QR", "passkey_no_continuation"])
    await link.scan("scans again")
    await link.linked()
    note(test, await link.row("no continuation, three times"))
  })

  it("the phone shows another code: the client says so, and the link is called off", async (test) => {
    const link = await demanded(door, "other_code")
    await link.told("passkey")
    await link.signed()
    const { passkey } = await link.told("confirm_code")
    expect(passkey?.code?.replace("-", "")).not.toBe(link.phone.passkey?.code)
    const answer = await link.door.confirm(false)
    link.answered("denial", answer)
    expect(answer.status).toBeLessThan(300)
    expect(link.phone.companions).toEqual([])
    const { state, reason } = await link.told("scan_again")
    expect([state, reason]).toEqual(["QR", "passkey_code_differs"])
    await link.scan("scans the new QR")
    await link.linked()
    note(test, await link.row("the phone shows another code"))
  })

  it("the owner does not confirm in time: nothing is sent, and there is another challenge", async (test) => {
    const link = await demanded(door)
    await link.told("passkey")
    await link.signed()
    await link.told("confirm_code")
    expect((await link.told("passkey")).reason).toBe("passkey_not_confirmed")
    await complete(link)
    note(test, await link.row("the owner does not confirm in time"))
  })

  it("WhatsApp refuses the gateway's keys: the confirmation fails, and the secret is the one before", async (test) => {
    const link = await demanded(door, "request_refused")
    await link.told("passkey")
    await link.signed()
    await link.told("confirm_code")
    const answer = await link.door.confirm(true)
    link.answered("confirmation", answer)
    expect(answer).toMatchObject({ status: 422, body: { code: "passkey-refused", whatsappCode: 500 } })
    await link.told("passkey")
    await complete(link)
    note(test, await link.row("WhatsApp refuses the gateway's keys"))
  })

  it("the connection ends meanwhile: the ceremony is over, and the phone has to scan again", async (test) => {
    const link = await demanded(door)
    await link.told("passkey")
    scene.gateway.network.fault({ kind: "stream_end" })
    await link.state("RECONNECTING")
    await link.told("scan")
    await link.scan("scans again")
    await link.linked()
    note(test, await link.row("the connection ends meanwhile"))
  })
})
