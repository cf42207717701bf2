/** Accounts that a passkey protects: what the server and the phone check, and what this network can do otherwise. */
import { randomBytes } from "node:crypto"
import { proto } from "@whiskeysockets/baileys"
import { describe, expect, it } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import type { Phone } from "../../src/sandbox/people/phone.ts"
import { call } from "./support/control.ts"
import { type BareClient, until } from "./support/bare-client.ts"
import { PasskeyClient } from "./support/passkey-client.ts"
import { useNetwork } from "./support/use-network.ts"

const sandbox = useNetwork()

interface Asked {
  readonly phone: Phone
  readonly client: BareClient
  readonly passkey: PasskeyClient
}

/** A client whose QR a phone with a passkey has scanned. */
const asked = async (variant?: Extract<Fault, { kind: "passkey" }>["variant"], ms?: number): Promise<Asked> => {
  const phone = sandbox.network.addPhone(sandbox.newNumber())
  const client = sandbox.client()
  client.connect()
  await until(() => client.qr, "qr")
  const details = { ...(variant === undefined ? {} : { variant }), ...(ms === undefined ? {} : { ms }) }
  sandbox.network.fault({ kind: "passkey", number: phone.number, times: 1, ...details })
  await expect(phone.scanQr(client.qr ?? "")).resolves.toEqual({ passkey: true })
  await until(() => client.notifications.length > 0, "the demand")
  return { phone, client, passkey: new PasskeyClient(client) }
}

/** The same, with the assertion sent and taken. */
const answered = async (variant?: Parameters<typeof asked>[0]): Promise<Asked> => {
  const all = await asked(variant)
  await all.passkey.fetchRef()
  await all.passkey.answer(all.phone.signPasskey(await all.passkey.options()))
  return all
}

describe("a client that links with a passkey", () => {
  it("signs, reveals its nonce, shows the phone's code, and is linked under its new secret", async () => {
    const { phone, client, passkey } = await answered()
    expect(phone.passkey).toEqual({ stage: "answered", code: undefined, isHandedOver: true })
    const identity = await passkey.continuation()
    const code = await passkey.reveal(identity)
    expect(code).toMatch(/^[1-9A-HJ-NP-TV-Z]{8}$/)
    expect(phone.passkey).toEqual({ stage: "revealed", code, isHandedOver: true })
    await passkey.request(identity)
    await until(() => phone.companions.length === 1, "the link")
    await client.open()
    expect(client.sock.user?.id).toBe(`${phone.number}:33@s.whatsapp.net`)
  })

  it("does without the proof: then the phone has nothing but the code", async () => {
    const { phone, passkey } = await asked()
    await passkey.fetchRef()
    await passkey.answer(phone.signPasskey(await passkey.options()), { proof: null })
    expect(phone.passkey?.isHandedOver).toBe(false)
  })

  it("asks for the options when the demand has none", async () => {
    const { client, passkey } = await asked("no_options")
    expect(client.notifications[0]?.content).toBeUndefined()
    expect(await passkey.options()).toMatchObject({ rpId: "whatsapp.com", timeout: 600_000 })
  })

  it("gets another challenge when it asks again, and the first is worth nothing then", async () => {
    const { phone, passkey } = await asked()
    const first = await passkey.options()
    await passkey.query("get", { tag: "passkey_request_options", attrs: {} })
    await passkey.fetchRef()
    await expect(passkey.answer(phone.signPasskey(first))).rejects.toThrow("another challenge was signed")
  })
})

describe("the server refuses an assertion", () => {
  it.each([
    ["for another challenge", { challenge: "AAAA" }, "another challenge was signed"],
    ["that was made on another page", { origin: "https://example.com" }, "the page was not WhatsApp Web"],
    ["of a passkey that its owner has not unlocked", { isVerified: false }, "the owner has not unlocked the passkey"]
  ] as const)("%s", async (_, circumstances, words) => {
    const { phone, passkey } = await asked()
    await passkey.fetchRef()
    await expect(passkey.answer(phone.signPasskey(await passkey.options(), circumstances))).rejects.toThrow(words)
  })

  it("of another account's passkey", async () => {
    const { passkey } = await asked()
    const stranger = sandbox.network.addPhone(sandbox.newNumber())
    await passkey.fetchRef()
    const assertion = stranger.signPasskey(await passkey.options())
    await expect(passkey.answer(assertion)).rejects.toThrow("the account has no such passkey")
  })

  it("whose signature was changed", async () => {
    const { phone, passkey } = await asked()
    await passkey.fetchRef()
    const assertion = phone.signPasskey(await passkey.options())
    const other = phone.signPasskey({ challenge: "AAAA", rpId: "whatsapp.com" })
    const response = { ...assertion.response, signature: other.response.signature }
    await expect(passkey.answer({ ...assertion, response })).rejects.toThrow("the signature is wrong")
  })

  it("for another relying party", async () => {
    const { phone, passkey } = await asked()
    await passkey.fetchRef()
    const { challenge } = await passkey.options()
    const assertion = phone.signPasskey({ challenge, rpId: "example.com" })
    await expect(passkey.answer(assertion)).rejects.toThrow("another relying party")
  })

  it("that comes too late", async () => {
    const { phone, passkey } = await asked(undefined, 1)
    await passkey.fetchRef()
    await expect(passkey.answer(phone.signPasskey(await passkey.options()))).rejects.toThrow("gone")
  })

  it("when it is ordered to", async () => {
    const { phone, passkey } = await asked("refused")
    await passkey.fetchRef()
    await expect(passkey.answer(phone.signPasskey(await passkey.options()))).rejects.toThrow("forbidden")
  })
})

describe("the server refuses a prologue", () => {
  it.each([
    ["with another device type", { deviceType: proto.DeviceProps.PlatformType.FIREFOX }, "another device type"],
    ["with another ref", { ref: "2@guessed" }, "not the ref that was given"],
    ["with a short key", { keyBytes: 31 }, "must have 32 bytes"],
    ["with a wrong proof", { proof: randomBytes(32) }, "a wrong proof"]
  ] as const)("%s", async (_, faults, words) => {
    const { phone, passkey } = await asked()
    await passkey.fetchRef()
    await expect(passkey.answer(phone.signPasskey(await passkey.options()), faults)).rejects.toThrow(words)
  })

  it("of a client that was not asked for a passkey", async () => {
    const client = sandbox.client()
    client.connect()
    await until(() => client.qr, "qr")
    await expect(new PasskeyClient(client).fetchRef()).rejects.toThrow("was not asked for a passkey")
  })
})

describe("the phone refuses", () => {
  it("a nonce that the client has not committed itself to", async () => {
    const { passkey } = await answered()
    const identity = await passkey.continuation()
    await expect(passkey.reveal(identity, randomBytes(32))).rejects.toThrow("committed itself to")
  })

  it.each([
    ["another noise key", { noiseKey: randomBytes(32) }, "another noise key"],
    ["another identity key", { identityKey: randomBytes(32) }, "another identity key"],
    ["a short secret", { secret: randomBytes(31) }, "32 bytes"]
  ] as const)("a request with %s", async (_, faults, words) => {
    const { passkey } = await answered()
    const identity = await passkey.continuation()
    await passkey.reveal(identity)
    await expect(passkey.request(identity, faults)).rejects.toThrow(words)
  })

  it("a request before the codes were shown", async () => {
    const { passkey } = await answered()
    await expect(passkey.request(await passkey.continuation())).rejects.toThrow("the codes were not shown yet")
  })
})

describe("what can be ordered", () => {
  it("no continuation", async () => {
    const { client, phone } = await answered("no_continuation")
    await client.sock.query({ tag: "iq", attrs: { to: "@s.whatsapp.net", type: "get", xmlns: "w:p" } })
    expect(client.notifications).toHaveLength(1)
    expect(phone.passkey?.stage).toBe("answered")
  })

  it("a continuation whose key is too short", async () => {
    const { passkey } = await answered("short_key")
    expect((await passkey.continuation()).publicKey).toHaveLength(31)
  })

  it("a phone that shows another code", async () => {
    const { phone, passkey } = await answered("other_code")
    const code = await passkey.reveal(await passkey.continuation())
    expect(phone.passkey?.code).toMatch(/^[1-9A-HJ-NP-TV-Z]{8}$/)
    expect(phone.passkey?.code).not.toBe(code)
  })

  it.each([
    ["a nonce", "nonce_refused"],
    ["a request", "request_refused"]
  ] as const)("that %s is refused", async (_, variant) => {
    const { passkey } = await answered(variant)
    const identity = await passkey.continuation()
    const rest = async () => {
      await passkey.reveal(identity)
      await passkey.request(identity)
    }
    await expect(rest()).rejects.toThrow("internal-server-error")
  })

  it("a continuation that no client has asked for; the client is paired all the same", async () => {
    const phone = sandbox.network.addPhone(sandbox.newNumber())
    const client = sandbox.client()
    sandbox.network.fault({ kind: "unasked_continuation", number: phone.number })
    await client.pair((qr) => phone.scanQr(qr))
    expect(client.notifications[0]?.attrs).toMatchObject({ type: "crsc_continuation" })
  })
})

describe("the control API", () => {
  it("signs for a phone, and shows how far its client has come", async () => {
    const { phone, passkey } = await asked()
    const { controlUrl } = sandbox.network
    const path = `/phones/${phone.number}/passkey`
    expect(await call(controlUrl, "GET", path)).toMatchObject({ status: 200, body: { stage: "asked" } })
    const options = await passkey.options()
    const { status, body } = await call<ReturnType<Phone["signPasskey"]>>(controlUrl, "POST", path, { options })
    expect(status).toBe(200)
    await passkey.fetchRef()
    await passkey.answer(body)
    expect(phone.passkey?.stage).toBe("answered")
    expect(await call(controlUrl, "POST", path, { options: {} })).toMatchObject({ status: 400 })
  })
})
