/** Repeated requests: with a key, and in the dialect whose clients may send none. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { Answer, CallOptions } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const STRANGER = "51911111111"
const CONTACT = "51999999999"

let gateway: TestGateway
let me: string
let stranger: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "50", SEND_ACK_TIMEOUT_MS: "1000", MAX_ATTACHMENT_SIZE: "100000" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  me = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  await gateway.connect(me, ME)
  await gateway.connect(stranger, STRANGER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})
beforeEach(async () => {
  gateway.network.clearFaults()
  await settled()
})

const withKey = (key: string, options: CallOptions = {}): CallOptions => ({
  token: me,
  ...options,
  headers: { "idempotency-key": key, ...options.headers }
})
const send = (key: string, body: object, options: CallOptions = {}) =>
  gateway.post(`/v1/devices/${options.token === stranger ? STRANGER : ME}/messages`, body, withKey(key, options))

/** The messages with this text that the contact received. */
const arrived = (text: string) => gateway.network.contact(CONTACT).inbox.filter((message) => message.text === text)
/** The messages with this text that were accepted. */
const accepted = async (text: string) =>
  (await gateway.events(me, ME)).filter(({ type, data }) => type === "message.queued" && data.content.text === text)
const connected = () => gateway.untilState(me, ME, "CONNECTED")
/** Waits until every message is sent and the device can send the next one. */
const settled = async () => {
  await connected()
  await until(async () => {
    const events = await gateway.events(me, ME)
    const ends = new Set(
      events.filter(({ type }) => /^message\.(sent|delivered|failed)$/.test(type)).map(({ data }) => data.messageId)
    )
    return events.every(({ type, data }) => type !== "message.queued" || ends.has(data.messageId))
  }, "every message's delivery status")
}

describe("Idempotency-Key", () => {
  it("[OUT-2] the same key and body get the same response, and one message is sent", async () => {
    const body = { to: CONTACT, text: "una vez" }
    const first = await send("k1", body)
    const again = [await send("k1", body), await send("k1", body, { headers: { prefer: "wait=5" } })]
    for (const { status, body: message, headers } of again) {
      expect([200, 202]).toContain(status)
      expect(message.id).toBe(first.body.id)
      expect(headers.get("location")).toBe(first.headers.get("location"))
    }
    await until(() => arrived("una vez").length > 0, "the message")
    expect(await accepted("una vez")).toHaveLength(1)
  })

  it("[OUT-2] also after a restart, whether the message was sent or waits", async () => {
    const gone = await send("k2", { to: CONTACT, text: "se fue" }, { headers: { prefer: "wait=5" } })
    expect(gone.status).toBe(200)
    gateway.network.fault({ kind: "mute", number: ME })
    const waiting = await send("k3", { to: CONTACT, text: "espera" })
    expect(waiting.status).toBe(202)
    await gateway.restart()
    gateway.network.clearFaults()
    await connected()
    expect((await send("k2", { to: CONTACT, text: "se fue" })).body.id).toBe(gone.body.id)
    const again = await send("k3", { to: CONTACT, text: "espera" }, { headers: { prefer: "wait=10" } })
    expect(again).toMatchObject({ status: 200, body: { id: waiting.body.id } })
    await until(() => arrived("espera").length > 0, "the message")
    expect(arrived("se fue")).toHaveLength(1)
    expect(new Set(arrived("espera").map(({ id }) => id))).toEqual(new Set([waiting.body.id]))
  })

  it("[OUT-2] two files are compared by their bytes", async () => {
    const media = (content: string) => Buffer.from(content).toString("base64")
    const first = await send("k4", { to: CONTACT, media: media("uno"), filename: "a.txt" })
    expect((await send("k4", { to: CONTACT, media: media("uno"), filename: "a.txt" })).body.id).toBe(first.body.id)
    const other = await send("k4", { to: CONTACT, media: media("dos"), filename: "a.txt" })
    expect(other).toMatchObject({ status: 422, body: { code: "key-reused" } })
  })

  it("[OUT-3] the same key with another body, device or route is 422", async () => {
    await send("k5", { to: CONTACT, text: "a" })
    expect(await send("k5", { to: CONTACT, text: "b" })).toMatchObject({ status: 422, body: { code: "key-reused" } })
    expect(await gateway.post(`/v1/devices/${ME}/restart`, {}, withKey("k5"))).toMatchObject({ status: 422 })
    expect(await accepted("b")).toEqual([])
  })

  it("[OUT-3] a repeat while the first request is in progress is 409 with Retry-After", async () => {
    gateway.network.fault({ kind: "latency", ms: 500, number: ME })
    const asked = send("k6", { to: CONTACT, text: "al mismo tiempo" }, { headers: { prefer: "wait=5" } })
    const second = await until(async () => {
      const answer = await send("k6", { to: CONTACT, text: "al mismo tiempo" })
      return answer.status === 409 && answer
    }, "the first to be under way")
    expect(second.body.code).toBe("key-in-use")
    expect(second.headers.get("retry-after")).toBe("1")
    expect((await asked).status).toBe(200)
    gateway.network.clearFaults()
    expect((await send("k6", { to: CONTACT, text: "al mismo tiempo" })).body.id).toBe((await asked).body.id)
  })

  it("keys of two users are independent", async () => {
    const mine = await send("k7", { to: CONTACT, text: "mío" })
    const theirs = await send("k7", { to: CONTACT, text: "suyo" }, { token: stranger })
    expect(theirs.status).toBe(202)
    expect(theirs.body.id).not.toBe(mine.body.id)
  })

  it("a failed request claims no key: the key can be used again for the corrected request", async () => {
    expect((await send("k8", { to: "12", text: "ya" })).status).toBe(400)
    expect((await send("k8", { to: "51900000000", text: "ya" })).status).toBe(422)
    expect((await send("k8", { to: CONTACT, text: "ya" })).status).toBe(202)
  })

  it.each(["", " ", "ñ".repeat(2), "x".repeat(256), "a b"])("%j is not a valid key: 400", async (key) => {
    const headers = { "idempotency-key": Buffer.from(key).toString("latin1") }
    const answer = await gateway.post(`/v1/devices/${ME}/messages`, { to: CONTACT, text: "x" }, { token: me, headers })
    expect(answer).toMatchObject({ status: 400, body: { field: "Idempotency-Key" } })
  })

  it("[OUT-2] a device is created once, and a command to it is carried out once", async () => {
    const make = () => gateway.post("/v1/devices", { sessionId: "caja" }, withKey("k9"))
    const first = await make()
    expect(first.status).toBe(201)
    const second = await make()
    expect(second).toMatchObject({ status: 201, body: { id: first.body.id } })
    const restart = () => gateway.post(`/v1/devices/${ME}/restart`, {}, withKey("k10"))
    const opened = async () => (await gateway.events(me, ME)).filter(({ type }) => type === "connection.opened").length
    const before = await opened()
    expect((await restart()).status).toBe(200)
    await until(async () => (await opened()) > before, "another connection")
    await connected()
    expect((await restart()).body).toMatchObject({ state: "CONNECTED" })
    expect(await opened()).toBe(before + 1)
  })
})

describe("a WHATSAPP25 client that repeats a request without a key", () => {
  const post = (message: string): Promise<Answer> =>
    gateway.post("/api/send-message", { number: CONTACT, message, fromNumber: ME }, { token: me })

  it("[OUT-2] after a 504 gets the delivery status of the same message", async () => {
    gateway.network.fault({ kind: "mute", number: ME })
    const silent = await post("con paciencia")
    expect(silent.status).toBe(504)
    const stillSilent = await post("con paciencia")
    expect(stillSilent).toMatchObject({ status: 504, body: { messageId: silent.body.messageId } })
    gateway.network.clearFaults()
    await until(() => arrived("con paciencia").length > 0, "the message")
    await connected()
    const told = await until(async () => {
      const answer = await post("con paciencia")
      return answer.status === 200 && answer
    }, "the delivery status")
    expect(told.body.messageId).toBe(silent.body.messageId)
    expect(await accepted("con paciencia")).toHaveLength(1)
  })

  it("[OUT-2] also after a restart in between", async () => {
    gateway.network.fault({ kind: "mute", number: ME })
    const silent = await post("tras el reinicio")
    expect(silent.status).toBe(504)
    await gateway.restart()
    const told = await until(async () => {
      const answer = await post("tras el reinicio")
      return answer.status === 200 && answer
    }, "the delivery status")
    expect(told.body.messageId).toBe(silent.body.messageId)
    expect(await accepted("tras el reinicio")).toHaveLength(1)
  })

  it("[OUT-2] also for a file", async () => {
    // From here on the gateway knows whether the number is on WhatsApp.
    await post("primero")
    const file = { number: CONTACT, fromNumber: ME, mediatype: "document", filename: "a.pdf", media: "JVBERi0xLjQK" }
    const postFile = (fields: object) => gateway.post("/api/send-whatsap", { ...file, ...fields }, { token: me })
    gateway.network.fault({ kind: "mute", number: ME })
    const silent = await postFile({})
    expect(silent.status).toBe(504)
    const [same, other] = await Promise.all([postFile({}), postFile({ caption: "otra" })])
    expect(same.body.messageId).toBe(silent.body.messageId)
    expect(other.body.messageId).not.toBe(silent.body.messageId)
    gateway.network.clearFaults()
    await connected()
  })

  it("after a response sends another message", async () => {
    const answers = [await post("feliz año"), await post("feliz año"), await post("feliz año")]
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(new Set(answers.map(({ body }) => body.messageId)).size).toBe(3)
  })

  /** The request is aborted after this time. */
  const postAndHangUp = async (message: string, afterMs: number): Promise<void> => {
    const headers = { authorization: `Bearer ${me}`, "content-type": "application/json" }
    const body = JSON.stringify({ number: CONTACT, message, fromNumber: ME })
    const request = fetch(`${gateway.url}/api/send-message`, {
      method: "POST",
      headers,
      body,
      signal: AbortSignal.timeout(afterMs)
    })
    await expect(request).rejects.toThrow(/timeout/)
  }

  it("[OUT-2] after it hung up gets the delivery status of the same message, in progress or finished", async () => {
    await post("primero")
    gateway.network.fault({ kind: "latency", ms: 700, number: ME })
    await postAndHangUp("sin esperar", 150)
    await postAndHangUp("sin esperar", 150)
    const under = await post("sin esperar")
    expect(under.status).toBe(200)
    gateway.network.clearFaults()
    expect((await accepted("sin esperar")).map(({ data }) => data.messageId)).toEqual([under.body.messageId])

    gateway.network.fault({ kind: "latency", ms: 400, number: ME })
    await postAndHangUp("llego tarde", 150)
    await settled()
    gateway.network.clearFaults()
    const late = await post("llego tarde")
    expect(late.status).toBe(200)
    expect((await accepted("llego tarde")).map(({ data }) => data.messageId)).toEqual([late.body.messageId])
    expect((await post("llego tarde")).body.messageId).not.toBe(late.body.messageId)
  })

  it("at the same moment sends two messages", async () => {
    const answers = await Promise.all([post("a la vez"), post("a la vez")])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(new Set(answers.map(({ body }) => body.messageId)).size).toBe(2)
  })

  it("after a refusal makes another attempt", async () => {
    gateway.network.fault({ kind: "ack_error", code: 463, number: ME })
    const refused = await post("otra vez")
    expect(refused.status).toBe(500)
    const sent = await post("otra vez")
    expect(sent.status).toBe(200)
    expect(sent.body.messageId).not.toBe(refused.body.messageId)
  })
})
