/** Messages that come without their content, or that cannot be decrypted: they leave a trace, and their content when it comes. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000041"
const BETO = "51922000041"
const WAIT_MS = 4_000

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "40", WA_RESEND_WAIT_MS: String(WAIT_MS) },
    network: { prekeyCount: 50, log: () => {} }
  })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterEach(() => {
  gateway.network.clearFaults()
  phone().setOnline(true)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const phone = () => gateway.network.phone(ME)
const eventsOf = async (messageId: string): Promise<readonly RecordedJson[]> =>
  (await gateway.events(token, ME)).filter(({ data }) => data.messageId === messageId)
const recorded = (messageId: string, count = 1, timeoutMs = 15_000) =>
  until(
    async () => {
      const found = await eventsOf(messageId)
      return found.length >= count && found
    },
    `${count} events of ${messageId}`,
    timeoutMs
  )
const unavailable = (reason: string) => ({
  type: "message.received",
  data: { content: { kind: "unavailable", reason }, sender: `${BETO}@s.whatsapp.net`, pushName: "Beto" }
})

describe("a message for one viewing", () => {
  it("[IN-1] [DEV-4] is recorded, so that the user knows to look at the phone, before its sender sees that it arrived", async () => {
    const id = await beto().send(ME, { text: "mira" }, { withheld: "view_once" })
    await until(
      () => beto().receipts.some((receipt) => receipt.id === id && receipt.type === "inactive"),
      "the receipt"
    )
    expect(await eventsOf(id)).toMatchObject([unavailable("viewOnce")])
  })

  it("[IN-1] is marked as such where WhatsApp gives its content", async () => {
    const id = await beto().sendProto(ME, { viewOnceMessageV2: { message: { imageMessage: { caption: "una vez" } } } })
    const [event] = await recorded(id)
    expect(event?.data).toMatchObject({ content: { kind: "image", caption: "una vez" }, context: { viewOnce: true } })
  })
})

describe("a message that WhatsApp gives to the phone only", () => {
  it("[IN-1] is recorded with the content that the phone sends again", async () => {
    const id = await beto().send(ME, { text: "Quiero información" }, { withheld: "" })
    const events = await recorded(id)
    expect(events).toMatchObject([{ type: "message.received", data: { content: { text: "Quiero información" } } }])
  })

  it("[IN-1] is recorded without it when the phone does not answer, and with it when the phone answers later", async () => {
    phone().setOnline(false)
    const id = await beto().send(ME, { text: "más tarde" }, { withheld: "" })
    expect(await recorded(id)).toMatchObject([unavailable("withheld")])
    const empty = (await gateway.get(`/v1/messages/${id}`, { token })).body
    expect(empty).toMatchObject({ kind: "unavailable", summary: "[only the phone has it]" })
    phone().setOnline(true)
    const [, resent] = await recorded(id, 2)
    expect(resent).toMatchObject({ type: "message.resent", data: { target: id, content: { text: "más tarde" } } })
    const whole = (await gateway.get(`/v1/messages/${id}`, { token })).body
    expect(whole).toMatchObject({ kind: "text", content: { text: "más tarde" }, editedAt: null })
  })

  it("[IN-1] [DEV-4] is not forgotten over a restart", async () => {
    phone().setOnline(false)
    const id = await beto().send(ME, { text: "tras el reinicio" }, { withheld: "" })
    await until(() => phone().companions[0]?.waiting === 0, "the gateway to have confirmed it")
    await gateway.restart()
    expect(await recorded(id)).toMatchObject([unavailable("withheld")])
  })
})

describe("an answer of a bot", () => {
  it("[IN-1] is recorded as unreadable: Baileys cannot decrypt it", async () => {
    const bot = "867051314767696@bot"
    const id = phone().receiveFromBot(bot)
    expect(await recorded(id)).toMatchObject([
      { type: "message.received", data: { content: { kind: "unavailable", reason: "unreadable" }, sender: bot } }
    ])
  })
})

describe("a message that cannot be decrypted", () => {
  it("[IN-1] is asked for five times, however often the connection is lost meanwhile", async () => {
    await beto().send(ME, { text: "antes" })
    const { retryReceipts } = gateway.network.stats()
    const asked = () => gateway.network.stats().retryReceipts - retryReceipts
    gateway.network.fault({ kind: "tamper", number: ME, untilCleared: true })
    beto().setOnline(false)
    const id = await beto().send(ME, { text: "nunca" })
    await until(() => asked() === 1 && phone().companions[0]?.waiting === 0, "the first request")
    gateway.network.fault({ kind: "terminate", number: ME })
    await until(async () => (await gateway.state(token, ME)) !== "CONNECTED", "the loss")
    await gateway.untilState(token, ME, "CONNECTED")
    beto().setOnline(true)
    await recorded(id)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(asked()).toBe(5)
  })

  it("[IN-1] is recorded as unreadable when neither its sender nor the phone can mend it", async () => {
    phone().setOnline(false)
    await beto().send(ME, { text: "antes" })
    gateway.network.fault({ kind: "tamper", number: ME, times: 20 })
    const id = await beto().send(ME, { text: "ilegible" })
    expect(await recorded(id)).toMatchObject([unavailable("unreadable")])
    gateway.network.clearFaults()
    expect((await eventsOf(id)).length).toBe(1)
  })

  it("[IN-1] is recorded once, with its content, when its sender sends it again", async () => {
    gateway.network.fault({ kind: "tamper", number: ME })
    const id = await beto().send(ME, { text: "a la segunda" })
    expect(await recorded(id)).toMatchObject([
      { type: "message.received", data: { content: { text: "a la segunda" } } }
    ])
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS + 500))
    expect((await eventsOf(id)).length).toBe(1)
  })
})
