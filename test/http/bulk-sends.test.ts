import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000081"
const ANA = "51922000081"
const BEA = "51922000082"
const NOBODY = "51922000089"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 100 } })
  for (const number of [ANA, BEA]) gateway.network.addContact(number, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  await gateway[Symbol.asyncDispose]()
})

const path = `/v1/devices/${ME}/bulk-sends`
const fast = { perMinute: 600, gapSeconds: { min: 0, max: 0 } }
const slow = { perMinute: 1, gapSeconds: { min: 60, max: 60 } }
const to = (number: string, text: string) => ({ to: number, text })
const order = async (body: object, headers: Record<string, string> = {}) =>
  gateway.post(path, { pacing: fast, ...body }, { token, headers })
const bulk = async (id: string) => (await gateway.get(`${path}/${id}`, { token })).body
const untilState = (id: string, state: string) => until(async () => (await bulk(id)).state === state, state)
const textsOf = (number: string) => gateway.network.contact(number).inbox.map(({ text }) => text)
const items = async (id: string) => (await gateway.get(`${path}/${id}/messages`, { token })).body.items

describe("a bulk send", () => {
  it("sends its messages one after the other, and says what became of each", async () => {
    const created = await order({ name: "Avisos", messages: [to(ANA, "uno"), to(NOBODY, "dos"), to(BEA, "tres")] })
    expect(created).toMatchObject({ status: 201, body: { name: "Avisos", state: "running" } })
    const { id } = created.body
    await untilState(id, "finished")
    expect((await bulk(id)).counts).toEqual({ waiting: 0, accepted: 2, failed: 1, canceled: 0 })
    const [first, second, third] = await items(id)
    expect(second).toMatchObject({ to: NOBODY, status: "failed", reason: `${NOBODY} is not on WhatsApp` })
    await until(() => textsOf(BEA).includes("tres"), "the last message")
    expect(textsOf(ANA)).toContain("uno")
    for (const { messageId } of [first, third]) {
      expect((await gateway.get(`/v1/messages/${messageId}`, { token })).status).toBe(200)
    }
  })

  it("with a repeated Idempotency-Key is created once", async () => {
    const headers = { "idempotency-key": "avisos-1" }
    const messages = [to(ANA, "una sola vez")]
    const [first, again] = [await order({ messages }, headers), await order({ messages }, headers)]
    expect(again.body.id).toBe(first.body.id)
    await untilState(first.body.id, "finished")
    await until(() => textsOf(ANA).includes("una sola vez"), "the message")
    expect(textsOf(ANA).filter((text) => text === "una sola vez")).toHaveLength(1)
  })

  it("waits for its start, is paused, resumed and canceled", async () => {
    const messages = [to(ANA, "más tarde")]
    const { body } = await order({ startsAt: "2036-01-31T14:00:00Z", messages })
    const call = (which: string) => gateway.post(`${path}/${body.id}/${which}`, {}, { token })
    expect(await call("pause")).toMatchObject({ status: 200, body: { state: "paused", reason: "requested" } })
    expect(await call("pause")).toMatchObject({ status: 200, body: { state: "paused" } })
    expect(await call("resume")).toMatchObject({ status: 200, body: { state: "running", reason: null } })
    const canceled = await gateway.call("DELETE", `${path}/${body.id}`, { token })
    expect(canceled.body).toMatchObject({ state: "canceled", counts: { waiting: 0, canceled: 1 } })
    expect(await call("resume")).toMatchObject({ status: 409, body: { code: "bulk-over", state: "canceled" } })
    expect(textsOf(ANA)).not.toContain("más tarde")
  })

  it("waits while its device is not connected", async () => {
    await gateway.post(`/v1/devices/${ME}/stop`, {}, { token })
    const { body } = await order({ messages: [to(ANA, "cuando vuelva")] })
    expect(await bulk(body.id)).toMatchObject({ state: "running", counts: { waiting: 1 } })
    await gateway.post(`/v1/devices/${ME}/start`, {}, { token })
    await gateway.untilAllConnected(1, { token })
    await until(() => textsOf(ANA).includes("cuando vuelva"), "the message", 20_000)
  })

  it("begins no more chats in a day than it may", async () => {
    const carla = "51922000083"
    gateway.network.addContact(carla, { behaviour: "silent" })
    const { body } = await order({
      pacing: { ...fast, newChatsPerDay: 0 },
      messages: [to(ANA, "conocida"), to(carla, "nueva")]
    })
    await until(() => textsOf(ANA).includes("conocida"), "the message to a known chat")
    expect(await bulk(body.id)).toMatchObject({ state: "running", counts: { waiting: 1, accepted: 1 } })
    await gateway.call("DELETE", `${path}/${body.id}`, { token })
    expect(textsOf(carla)).toEqual([])
  })

  it("pauses by itself when WhatsApp refuses a message because it would begin a chat", async () => {
    const dora = "51922000084"
    gateway.network.addContact(dora, { behaviour: "silent" })
    gateway.network.fault({ kind: "ack_error", number: ME, code: 463 })
    const { body } = await order({ messages: [to(dora, "hola"), to(ANA, "no sale")] })
    await untilState(body.id, "paused")
    expect(await bulk(body.id)).toMatchObject({ counts: { accepted: 1, waiting: 1 } })
    expect(["message_refused", "account_restricted"]).toContain((await bulk(body.id)).reason)
    gateway.network.clearFaults()
    await gateway.call("DELETE", `${path}/${body.id}`, { token })
    expect(textsOf(ANA)).not.toContain("no sale")
  })

  it("leaves nothing of a contact who is erased", async () => {
    const { body } = await order({ pacing: slow, startsAt: "2036-01-31T14:00:00Z", messages: [to(BEA, "secreto")] })
    await gateway.call("DELETE", `/v1/contacts/${BEA}/content`, { operator: true })
    expect(await items(body.id)).toEqual([])
    await gateway.call("DELETE", `${path}/${body.id}`, { token })
  })

  it("is recorded: created, paused, resumed, finished or canceled", async () => {
    const { body } = await gateway.get(`/v1/devices/${ME}/events?limit=1000`, { token })
    const types = body.items.map(({ type }: { type: string }) => type)
    for (const type of ["bulk.created", "bulk.finished", "bulk.canceled"]) expect(types).toContain(type)
    expect(JSON.stringify(body)).not.toContain("secreto")
  })

  it.each([
    ["no messages", { messages: [] }, "messages"],
    ["a wrong time", { startsAt: "mañana", messages: [to(ANA, "x")] }, "startsAt"],
    ["a time zone that does not exist", { pacing: { timeZone: "Mars/Olympus" }, messages: [to(ANA, "x")] }, "timeZone"],
    ["a gap with a min above its max", { pacing: { gapSeconds: { min: 5, max: 1 } }, messages: [to(ANA, "x")] }, "gap"],
    ["a recipient that is none", { messages: [to("nadie", "x")] }, "messages.0.to: must be 8 to 15 digits"]
  ])("is refused with %s", async (_what, body, named) => {
    const refused = await order(body)
    expect(refused.status).toBe(400)
    expect(refused.body.detail).toContain(named)
  })

  it("of another user's device is not found", async () => {
    const other = await gateway.user("51911000082")
    expect((await gateway.get(path, { token: other })).status).toBe(404)
  })
})
