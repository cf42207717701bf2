/** /v1/sandbox: the simulated phone of a device and its contacts, each for its owner only, and nothing of it outside the sandbox. */
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

let gateway: TestGateway
let numbers = 0

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "50", RETRY_CAP_MS: "100" },
    envOf: ({ controlUrl }) => ({ WA_CONTROL_URL: controlUrl }),
    network: { prekeyCount: 50 }
  })
})
afterAll(() => gateway[Symbol.asyncDispose]())

const nextNumber = (): string => `51977${String(++numbers).padStart(6, "0")}`

/** A user with a device that is not linked, and calls to its phone. */
const owner = async () => {
  const number = nextNumber()
  const token = await gateway.user(number)
  const { id } = (await gateway.post("/v1/devices", { number, name: "Caja" }, { token })).body
  const at = `/v1/sandbox/devices/${id}`
  const phone = () => gateway.get(`${at}/phone`, { token })
  const act = (what: string, body: object = {}) => gateway.post(`${at}/phone/${what}`, body, { token })
  const change = (body: object) => gateway.call("PATCH", `${at}/phone`, { token, body })
  const start = async () => {
    await gateway.post(`/v1/devices/${id}/start`, {}, { token })
    await gateway.qr(token, number)
  }
  const untilState = (state: string) => gateway.untilState(token, number, state)
  return { number, token, id, at, phone, act, change, start, untilState }
}

const connected = async () => {
  const user = await owner()
  await user.start()
  await user.act("scan")
  await user.untilState("CONNECTED")
  return user
}

describe("the phone", () => {
  it("is like a new one at first, scans the QR that is shown, and lists the link", async () => {
    const { act, phone, start, untilState, number, id } = await owner()
    const unused = { linkedDevices: 0, airplaneMode: false, refusesNextQr: false, asksForPasskey: false, passkey: null }
    expect(await phone()).toMatchObject({ status: 200, body: { device: id, number, ...unused } })
    expect((await act("scan")).body).toMatchObject({ status: 409, code: "no-qr-shown", state: "NONE" })
    await start()
    expect(await act("scan")).toMatchObject({ status: 200, body: { linkedDevices: 1 } })
    await untilState("CONNECTED")
  })

  it("refuses the next QR only, and links with the one after it", async () => {
    const { act, change, start, untilState, number, token } = await owner()
    expect((await change({ refusesNextQr: true })).body).toMatchObject({ refusesNextQr: true, asksForPasskey: false })
    expect((await change({ refusesNextQr: false })).body.refusesNextQr).toBe(false)
    await change({ refusesNextQr: true })
    await start()
    const refused = await gateway.qr(token, number)
    const { body } = await act("scan")
    expect(body).toMatchObject({ status: 422, code: "phone-refused" })
    expect(body.detail).toBe("the phone could not link the device; try again")
    await until(async () => (await gateway.qr(token, number)) !== refused, "another QR")
    expect((await act("scan")).body).toMatchObject({ linkedDevices: 1, refusesNextQr: false })
    await untilState("CONNECTED")
  })

  it("takes the pairing code, with or without its hyphen, and refuses a wrong one", async () => {
    const { act, id, number, token, untilState } = await owner()
    expect((await act("code", { code: "ABCD-EFGH" })).body.code).toBe("phone-refused")
    expect((await act("code", { code: "1" })).body).toMatchObject({ code: "invalid-request", field: "code" })
    const { body } = await gateway.post(`/v1/devices/${id}/pairing-code`, { number }, { token })
    const code = body.code as string
    expect((await act("code", { code: `${code.slice(0, 4)}-${code.slice(4, 8)}` })).status).toBe(200)
    await untilState("CONNECTED")
  })

  it("asks for the passkey once, signs, and shows the code to compare", async () => {
    const { act, change, phone, start, id, token, untilState } = await owner()
    expect((await act("passkey")).body.code).toBe("passkey-not-asked")
    await change({ asksForPasskey: true })
    await start()
    expect((await act("scan")).body).toMatchObject({ asksForPasskey: false, passkey: { code: null } })
    const asked = async () => (await gateway.get(`/v1/devices/${id}/passkey`, { token })).status === 200
    await until(asked, "the challenge")
    const { status, body } = await act("passkey")
    expect(status).toBe(200)
    expect((await gateway.post(`/v1/devices/${id}/passkey`, body, { token })).status).toBe(200)
    const shown = async () => (await phone()).body.passkey?.code as string | undefined
    const code = await until(shown, "the code on the phone")
    const step = async () => (await gateway.get(`/v1/devices/${id}/passkey`, { token })).body.code as string | undefined
    expect(await until(step, "the code to compare")).toBe(code)
    await gateway.post(`/v1/devices/${id}/passkey/confirm`, {}, { token })
    await untilState("CONNECTED")
    expect((await phone()).body.passkey).toBeNull()
  })

  it("loses the network in airplane mode and gets it back, and logs its devices out", async () => {
    const { act, change, phone, untilState } = await connected()
    expect((await change({ airplaneMode: true })).body.airplaneMode).toBe(true)
    await untilState("RECONNECTING")
    await change({ airplaneMode: false })
    await untilState("CONNECTED")
    expect((await phone()).body.airplaneMode).toBe(false)
    expect((await act("logout")).body.linkedDevices).toBe(0)
    await untilState("ERROR")
  })
})

describe("a contact", () => {
  it("writes, reads, answers, and shows what it got with its ticks", async () => {
    const { at, id, token } = await connected()
    const contact = `${at}/contacts/51966000001`
    expect((await gateway.get(contact, { token })).body).toEqual({
      number: "51966000001",
      behaviour: null,
      messages: []
    })
    const written = await gateway.post(`${contact}/messages`, { text: "Hola" }, { token })
    expect(written).toMatchObject({ status: 201, body: { behaviour: "silent" } })
    expect(written.body.messages).toMatchObject([{ fromContact: true, type: "text", text: "Hola" }])
    const messages = async () =>
      (await gateway.get(contact, { token })).body.messages as readonly { text: string; tick: string }[]
    await until(async () => (await messages())[0]?.tick === "delivered", "the delivery")
    expect((await gateway.call("PUT", contact, { token, body: { behaviour: "echo" } })).body.behaviour).toBe("echo")
    await gateway.post(`/v1/devices/${id}/messages`, { to: "51966000001", text: "Buenas" }, { token })
    await until(async () => (await messages()).length === 3, "the answer")
    expect(await messages()).toMatchObject([
      { text: "Hola" },
      { text: "Buenas", fromContact: false, tick: "read" },
      { text: "Buenas", fromContact: true }
    ])
  })

  it("has no fields but those declared, a text of some length, and a number", async () => {
    const { at, token } = await owner()
    const write = (number: string, text: string) =>
      gateway.post(`${at}/contacts/${number}/messages`, { text }, { token })
    expect((await write("51966000001", "")).body).toMatchObject({ code: "invalid-request", field: "text" })
    expect((await write("51966000001", "a".repeat(4_097))).body.field).toBe("text")
    expect((await write(encodeURIComponent("../stats"), "Hola")).status).toBe(400)
    const more = { behaviour: "echo", restricted: true }
    expect((await gateway.call("PUT", `${at}/contacts/51966000001`, { token, body: more })).body.code).toBe(
      "invalid-request"
    )
  })
})

describe("tenants", () => {
  const names = (at: string, contact = "51966000002") =>
    [
      ["GET", `${at}/phone`],
      ["PATCH", `${at}/phone`, { airplaneMode: true }],
      ["POST", `${at}/phone/scan`, {}],
      ["POST", `${at}/phone/logout`, {}],
      ["POST", `${at}/phone/code`, { code: "ABCDEFGH" }],
      ["POST", `${at}/phone/passkey`, {}],
      ["GET", `${at}/contacts/${contact}`],
      ["PUT", `${at}/contacts/${contact}`, { behaviour: "echo" }],
      ["POST", `${at}/contacts/${contact}/messages`, { text: "Hola" }]
    ] as const

  it("cannot use the phones of others, and guests none", async () => {
    const { at, phone, untilState } = await connected()
    const other = await owner()
    for (const [method, path, body] of names(at)) {
      const asked = (token?: string) => gateway.call(method, path, { ...(token && { token }), ...(body && { body }) })
      expect((await asked()).status, path).toBe(401)
      expect((await asked(other.token)).body, path).toMatchObject({ status: 404, code: "device-not-found" })
    }
    expect((await phone()).body).toMatchObject({ airplaneMode: false, linkedDevices: 1 })
    await untilState("CONNECTED")
  })

  it("do not get hold of a phone by adding its number", async () => {
    const { number, phone } = await connected()
    const other = await gateway.user(nextNumber())
    const { id } = (await gateway.post("/v1/devices", { number }, { token: other })).body
    for (const [method, path, body] of names(`/v1/sandbox/devices/${id}`)) {
      const answer = await gateway.call(method, path, { token: other, ...(body && { body }) })
      expect(answer.body, path).toMatchObject({ status: 409, code: "number-taken", number })
    }
    expect((await phone()).body).toMatchObject({ airplaneMode: false, linkedDevices: 1 })
  })

  it("[SEC-1] do not get the phone of a device that was removed, and its owner gets it back", async () => {
    const { number, id, at, token } = await connected()
    await gateway.post(`${at}/contacts/51966000004/messages`, { text: "Para el primero" }, { token })
    expect((await gateway.call("DELETE", `/v1/devices/${id}`, { token })).status).toBeLessThan(300)
    const other = await gateway.user(nextNumber())
    const theirs = (await gateway.post("/v1/devices", { number }, { token: other })).body.id
    for (const [method, path, body] of names(`/v1/sandbox/devices/${theirs}`, "51966000004")) {
      const answer = await gateway.call(method, path, { token: other, ...(body && { body }) })
      expect(answer.body, path).toMatchObject({ status: 409, code: "number-taken", number })
    }
    await gateway.call("DELETE", `/v1/devices/${theirs}`, { token: other })
    const again = (await gateway.post("/v1/devices", { number }, { token })).body.id
    const chat = await until(async () => {
      const found = await gateway.get(`/v1/sandbox/devices/${again}/contacts/51966000004`, { token })
      return found.status === 200 && found
    }, "the removal of the other device")
    expect(chat.body.messages).toMatchObject([{ text: "Para el primero" }])
  })

  it("cannot make a contact of a device's number, and see only their own messages with a contact", async () => {
    const one = await connected()
    const two = await connected()
    for (const [method, path, body] of names(two.at, one.number).slice(-3)) {
      const answer = await gateway.call(method, path, { token: two.token, ...(body && { body }) })
      expect(answer.body, path).toMatchObject({ code: "number-taken", number: one.number })
    }
    const contact = "contacts/51966000003"
    await gateway.post(`${one.at}/${contact}/messages`, { text: "Para el primero" }, { token: one.token })
    expect((await gateway.get(`${two.at}/${contact}`, { token: two.token })).body.messages).toEqual([])
  })

  it("of a device without a number have no phone", async () => {
    const token = await gateway.user(nextNumber())
    const { id } = (await gateway.post("/v1/devices", { sessionId: "caja" }, { token })).body
    expect((await gateway.get(`/v1/sandbox/devices/${id}/phone`, { token })).body.code).toBe("number-missing")
  })

  it("with a token for reading only look", async () => {
    const { at, token } = await owner()
    const reader = (await gateway.post("/v1/tokens", { name: "r", scopes: ["read"] }, { token })).body.token as string
    expect((await gateway.get(`${at}/phone`, { token: reader })).status).toBe(200)
    expect((await gateway.post(`${at}/phone/scan`, {}, { token: reader })).body.code).toBe("scope-missing")
  })
})

describe("the sandbox", () => {
  it("is named by the session and the document", async () => {
    const token = await gateway.user(nextNumber())
    expect((await gateway.get("/v1/session", { token })).body.sandbox).toBe(true)
    const { paths } = (await gateway.get("/openapi.json")).body
    expect(Object.keys(paths).filter((path) => path.startsWith("/v1/sandbox/")).length).toBe(7)
  })

  it("is absent without a control API: no route, and the session says so", async () => {
    await using plain = await TestGateway.start()
    const number = nextNumber()
    const token = await plain.user(number)
    await plain.post("/v1/devices", { number }, { token })
    const answer = await plain.get(`/v1/sandbox/devices/${number}/phone`, { token })
    expect(answer.body).toMatchObject({ status: 404, code: "not-found" })
    expect((await plain.get("/v1/session", { token })).body.sandbox).toBe(false)
    expect(JSON.stringify((await plain.get("/openapi.json")).body)).not.toContain("/v1/sandbox/devices")
  })

  it("that does not answer is a failure to retry", async () => {
    const number = nextNumber()
    await using lonely = await TestGateway.start({ env: { WA_CONTROL_URL: "http://127.0.0.1:1" } })
    const token = await lonely.user(number)
    await lonely.post("/v1/devices", { number }, { token })
    const { body, headers } = await lonely.get(`/v1/sandbox/devices/${number}/phone`, { token })
    expect([body.status, body.code, headers.get("retry-after")]).toEqual([503, "sandbox-unavailable", "5"])
  })
})
