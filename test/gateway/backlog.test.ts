/** What WhatsApp kept while the device was away, which it gives as far as it is asked for; and what Baileys holds back. */
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { socketOf } from "../faults/support/wiretap.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

vi.mock("@whiskeysockets/baileys", async (original) =>
  (await import("../faults/support/wiretap.ts")).tapped(await original())
)

const ME = "51911000091"
const BETO = "51922000091"
const CHANNEL = "120363000000000001@newsletter"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const phone = () => gateway.network.phone(ME)
const textsOf = async (about: string): Promise<readonly string[]> =>
  (await gateway.events(token, ME)).flatMap(({ type, data }) =>
    type === "message.received" && String(data.content.text).startsWith(about) ? [data.content.text] : []
  )
const recorded = (text: string, timeoutMs?: number) =>
  until(async () => (await textsOf(text)).includes(text), `“${text}”`, timeoutMs)

describe("300 messages from the time when the gateway was away", () => {
  it("come over the first connection, in their order, and before what is new", { timeout: 60_000 }, async () => {
    const kept = Array.from({ length: 300 }, (_, i) => `m ${i}`)
    const opened = async () =>
      (await gateway.events(token, ME)).filter(({ type }) => type === "connection.opened").length
    await gateway.restart({}, async () => {
      for (const text of kept) await beto().send(ME, { text })
    })
    const before = await opened()
    await beto().send(ME, { text: "m nuevo" })
    await recorded("m nuevo", 40_000)
    expect(await textsOf("m ")).toEqual([...kept, "m nuevo"])
    expect((await opened()) - before).toBeLessThanOrEqual(1)
    await until(() => phone().companions[0]?.waiting === 0, "all receipts")
  })
})

describe("what Baileys holds back in its buffer, and has confirmed", () => {
  /** As Baileys raises a post while something keeps its buffer: what it raised before is confirmed. */
  const post = (text: string): void => {
    const { ev } = socketOf(ME)
    ev.buffer()
    const key = { remoteJid: CHANNEL, fromMe: false, id: `3A${Buffer.from(text).toString("hex")}` }
    const message = { key, message: { conversation: text }, messageTimestamp: 1_700_000_000 }
    ev.emit("messages.upsert", { messages: [message], type: "notify" })
  }

  it("[DEV-4] is recorded within seconds, although nothing else comes", async () => {
    // Baileys flushes by itself a moment after it has handled a stanza.
    await new Promise((resolve) => setTimeout(resolve, 500))
    post("solo")
    await recorded("solo", 5_000)
  })

  it("[DEV-4] is recorded when WhatsApp ends the connection", { timeout: 60_000 }, async () => {
    for (const text of ["fin 1", "fin 2", "fin 3"]) {
      post(text)
      gateway.network.fault({ kind: "terminate", number: ME })
      await recorded(text)
      await gateway.untilState(token, ME, "CONNECTED")
    }
  })

  it("[DEV-4] is recorded when the device is stopped", { timeout: 60_000 }, async () => {
    for (const text of ["alto 1", "alto 2", "alto 3"]) {
      post(text)
      await gateway.post(`/v1/devices/${ME}/stop`, {}, { token })
      await recorded(text)
      await gateway.post(`/v1/devices/${ME}/start`, {}, { token })
      await gateway.untilState(token, ME, "CONNECTED")
    }
  })
})
