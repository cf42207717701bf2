/** POST /v1/devices/:id/chats/:chat/history: older messages, which only the phone has. */
import { afterAll, afterEach, beforeAll, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000071"
const BETO = "51922000071"
const CARLA = "51922000072"
const DORA = "51922000073"
const OLD = 1_780_000_000

let gateway: TestGateway
let token: string
let group: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  const { network } = gateway
  for (const number of [BETO, CARLA]) network.addContact(number, { behaviour: "silent" })
  token = await gateway.user(ME)
  network.addPhone(ME)
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  group = network.contact(BETO).createGroup("Familia", [ME, CARLA])
  await network.contact(BETO).send(ME, { text: "ahora" })
  await network.contact(BETO).send(group, { text: "en el grupo" })
  for (const chat of [BETO, group]) await until(async () => (await messages(chat)).length === 1, "the first message")
  // Only the phone knows of these: they were there before the device was linked.
  phone().setHistory([
    ...Array.from({ length: 70 }, (_, i) => ({ with: BETO, text: `beto ${i}`, at: OLD + i, fromMe: i % 3 === 0 })),
    { with: group, text: "hace tiempo", at: OLD, author: CARLA }
  ])
})
afterEach(() => phone().setOnline(true))
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const phone = () => gateway.network.phone(ME)
const messages = async (chat: string): Promise<readonly { readonly summary: string }[]> =>
  (await gateway.get(`/v1/devices/${ME}/chats/${chat}/messages?limit=100`, { token })).body.items ?? []
const ask = (chat: string, body: object = {}, headers: Record<string, string> = { prefer: "wait=20" }) =>
  gateway.post(`/v1/devices/${ME}/chats/${chat}/history`, body, { token, headers })
const events = async () =>
  (await gateway.events(token, ME)).filter(({ type, data }) => type === "history.synced" && data.messages.length > 0)

it("asks the phone for what came before the oldest known message, again and again, until there is no more", async () => {
  const asked = await ask(BETO, { count: 20 })
  expect(asked).toMatchObject({ status: 200, body: { messages: 20 } })
  expect(asked.headers.get("preference-applied")).toBe("wait=20")
  const texts = (await messages(BETO)).map(({ summary }) => summary)
  expect(texts).toEqual(["ahora", ...Array.from({ length: 20 }, (_, i) => `beto ${69 - i}`)])
  expect((await events()).at(-1)?.data.messages).toHaveLength(20)
  expect((await ask(BETO)).body).toEqual({ messages: 50 })
  expect((await messages(BETO)).at(-1)?.summary).toBe("beto 0")
  expect((await ask(BETO)).body).toEqual({ messages: 0 })
})

it("works in groups", async () => {
  expect((await ask(group)).body).toEqual({ messages: 1 })
  expect((await messages(group)).map(({ summary }) => summary)).toEqual(["en el grupo", "hace tiempo"])
})

it("answers 202 when the phone does not answer in time; what it answers later is recorded", async () => {
  await gateway.network.contact(CARLA).send(ME, { text: "ahora" })
  await until(async () => (await messages(CARLA)).length === 1, "the first message")
  phone().setHistory([{ with: CARLA, text: "antes", at: OLD }])
  phone().setOnline(false)
  expect(await ask(CARLA, {}, {})).toMatchObject({ status: 202, body: { messages: null } })
  expect(await ask(CARLA, {}, { prefer: "wait=1" })).toMatchObject({ status: 202, body: { messages: null } })
  phone().setOnline(true)
  await until(async () => (await messages(CARLA)).length === 2, "the older message")
})

it("asks the phone once for one Idempotency-Key", async () => {
  phone().setOnline(false)
  const key = { "idempotency-key": "older-1" }
  const before = gateway.network.stats().messages
  expect((await ask(BETO, { count: 5 }, key)).status).toBe(202)
  expect(await ask(BETO, { count: 5 }, key)).toMatchObject({ status: 202, body: { messages: null } })
  expect((await ask(BETO, { count: 6 }, key)).status).toBe(422)
  expect(gateway.network.stats().messages).toBe(before + 1)
})

it("refuses a chat that is not known, a chat without a known message, and a device that is not connected", async () => {
  expect(await ask("51922000099")).toMatchObject({ status: 404, body: { code: "chat-not-found" } })
  gateway.network.addContact(DORA)
  await phone().do({ archive: true, chat: DORA })
  await until(async () => (await gateway.get(`/v1/devices/${ME}/chats/${DORA}`, { token })).status === 200, "the chat")
  expect(await ask(DORA)).toMatchObject({ status: 409, body: { code: "no-message-yet" } })
  expect(await ask(BETO, { count: 51 })).toMatchObject({ status: 400, body: { field: "count" } })
  await gateway.post(`/v1/devices/${ME}/stop`, {}, { token })
  expect(await ask(BETO)).toMatchObject({ status: 409, body: { code: "device-not-ready" } })
})
