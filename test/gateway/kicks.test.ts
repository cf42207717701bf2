import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { TestGateway, until } from "../support/gateway.ts"

const USER = "51900000001"
const CONTACT = "51999999999"
const RETRY_FIRST_MS = 40
/** Longer than any retry would take here. */
const QUIET_MS = 400

let gateway: TestGateway
let token: string
let numero: string
let count = 0

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: String(RETRY_FIRST_MS), RETRY_REPLACED_MS: "100", DEVICES_PER_USER_MAX: "50" },
    network: { prekeyCount: 50 }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(USER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  expect(gateway.network.stats().socketsAtOnce).toBe(1)
  await gateway[Symbol.asyncDispose]()
})

beforeEach(async () => {
  gateway.network.clearFaults()
  numero = `51911${String(++count).padStart(6, "0")}`
  await gateway.connect(token, numero)
})

const types = async () => (await gateway.events(token, numero)).map(({ type }) => type)
const countOf = async (type: string) => (await types()).filter((each) => each === type).length

const hasReconnected = async (code: number) => {
  await until(async () => (await countOf("connection.opened")) === 2, "the connection after the loss")
  const lost = (await gateway.events(token, numero)).find(({ type }) => type === "connection.lost")
  expect(lost).toMatchObject({ from: "CONNECTED", to: "RECONNECTING", data: { code, attempt: 1 } })
  expect(await gateway.state(token, numero)).toBe("CONNECTED")
}

/** In ERROR for this reason, and no login is tried any more. */
const hasGivenUp = async (reason: string, userAction: string) => {
  await gateway.untilState(token, numero, "ERROR")
  const device = (await gateway.get(`/v1/devices/${numero}`, { token })).body
  expect(device).toMatchObject({ state: "ERROR", reason, userAction })
  const { connections } = gateway.network.stats()
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
  expect(gateway.network.stats().connections).toBe(connections)
}

const canSend = async () => {
  const { body } = await gateway.post(
    "/api/send-message",
    { number: CONTACT, message: "hola", fromNumber: numero },
    { token }
  )
  expect(body).toMatchObject({ success: true })
}

describe("a connection that is cut is taken up again", () => {
  it.each([
    ["TCP reset", { kind: "terminate" as const }, 428],
    ["close frame", { kind: "close" as const }, 428],
    ["end of stream", { kind: "stream_end" as const }, 428],
    ["stream error 503", { kind: "stream" as const, code: 503 }, 503],
    ["stream error 500", { kind: "stream" as const, code: 500 }, 500]
  ])("%s", async (_name, fault, code) => {
    gateway.network.fault({ ...fault, number: numero })
    await hasReconnected(code)
    await canSend()
  })

  it("515: at once, and that is no loss", async () => {
    gateway.network.fault({ kind: "stream", code: 515, number: numero })
    await until(async () => (await countOf("connection.restarted")) === 2, "the restart")
    expect(await types()).not.toContain("connection.lost")
    await until(async () => gateway.network.phone(numero).companions.some(({ connected }) => connected), "the login")
    await canSend()
  })
})

describe("[DEV-2] a permanent end is not taken up again", () => {
  it("401 (unlinked by the phone): logged out, credentials deleted, a new QR on reset", async () => {
    gateway.network.fault({ kind: "logged_out", number: numero })
    await hasGivenUp("logged_out", "relogin")
    expect((await gateway.get(`/v1/devices/${numero}`, { token })).body.paired).toBe(false)
    await gateway.post(`/v1/devices/${numero}/reset`, {}, { token })
    await gateway.untilState(token, numero, "QR")
  })

  it("403: forbidden, credentials kept", async () => {
    gateway.network.fault({ kind: "failure", code: 403, number: numero })
    await hasGivenUp("forbidden", "wait")
    expect((await gateway.get(`/v1/devices/${numero}`, { token })).body.paired).toBe(true)
  })

  it("440 twice: replaced, until somebody takes over", async () => {
    gateway.network.fault({ kind: "replaced", number: numero })
    await hasReconnected(440)
    gateway.network.fault({ kind: "replaced", number: numero })
    await hasGivenUp("replaced", "take_over")
    await gateway.post(`/v1/devices/${numero}/start`, { takeOver: true }, { token })
    await gateway.untilState(token, numero, "CONNECTED")
  })

  it("405 twice: outdated", async () => {
    gateway.network.fault({ kind: "failure", code: 405, number: numero, untilCleared: true })
    await hasGivenUp("outdated", "upgrade")
    expect(await countOf("connection.lost")).toBe(1)
  })

  it("411: linked in a way that WhatsApp no longer takes", async () => {
    gateway.network.fault({ kind: "downgrade", number: numero })
    await hasGivenUp("multidevice_mismatch", "relogin")
  })
})

describe("a refused upgrade, of which Baileys says nothing", () => {
  it("is noticed at once and tried again", async () => {
    gateway.network.fault({ kind: "upgrade", code: 503 })
    gateway.network.fault({ kind: "terminate", number: numero })
    await until(async () => (await countOf("connection.lost")) >= 3, "retries")
    gateway.network.clearFaults()
    await gateway.untilState(token, numero, "CONNECTED")
  })
})
