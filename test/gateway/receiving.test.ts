import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { RecordedJson } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"

const ME = "51911000001"
const BETO = "51922000001"
const CARLA = "51922000002"
const jid = (number: string) => `${number}@s.whatsapp.net`

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { RETRY_FIRST_MS: "40" }, network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  gateway.network.addContact(CARLA, { behaviour: "silent", name: "Carla" })
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const events = () => gateway.events(token, ME)
const beto = () => gateway.network.contact(BETO)

/** The one event of this type about this message, once it is recorded. */
const eventOf = (type: string, messageId: string): Promise<RecordedJson> =>
  until(
    async () => (await events()).find((event) => event.type === type && event.data.messageId === messageId),
    `${type} of ${messageId}`
  )

const textsReceived = async () =>
  (await events()).filter(({ type }) => type === "message.received").map(({ data }) => data.content.text)

describe("a message from a contact", () => {
  it("carries both names of its sender, its content and its times", async () => {
    const id = await beto().send(ME, { text: "buenas" })
    const event = await eventOf("message.received", id)
    expect(event.data).toMatchObject({
      chat: jid(BETO),
      chatAlt: beto().lid,
      sender: jid(BETO),
      senderAlt: beto().lid,
      fromMe: false,
      pushName: "Beto",
      offline: false,
      content: { kind: "text", text: "buenas" }
    })
    expect(Math.abs(event.data.sentAt - Date.now())).toBeLessThan(10_000)
  })

  it("that is sent from the contact's LID is in the same chat", async () => {
    beto().setAddressing("lid")
    const event = await eventOf("message.received", await beto().send(ME, { text: "por lid" }))
    beto().setAddressing("pn")
    expect(event.data).toMatchObject({ chat: jid(BETO), chatAlt: beto().lid, sender: jid(BETO) })
  })

  it("[DEV-4] is in the log before its sender sees that it arrived", async () => {
    const id = await beto().send(ME, { text: "confirmado" })
    // The phone confirms too, with "delivery"; a linked device that is not visible confirms with "inactive".
    const isOurs = (receipt: { id: string; type: string }) => receipt.id === id && receipt.type === "inactive"
    await until(() => beto().receipts.some(isOurs), "the receipt")
    expect((await events()).some((event) => event.data.messageId === id)).toBe(true)
  })

  it("that is edited, reacted to and deleted causes one event each, which names the message", async () => {
    const id = await beto().send(ME, { text: "mañana a las 8" })
    await eventOf("message.received", id)
    const edit = await eventOf("message.edited", await beto().send(ME, { text: "mañana a las 9", edit: id }))
    expect(edit.data).toMatchObject({ target: id, chat: jid(BETO), content: { kind: "text", text: "mañana a las 9" } })
    const reaction = await eventOf("message.reacted", await beto().send(ME, { react: "👍", target: id }))
    expect(reaction.data).toMatchObject({ target: id, emoji: "👍" })
    const taken = await eventOf("message.reacted", await beto().send(ME, { react: "", target: id }))
    expect(taken.data).toMatchObject({ target: id, emoji: null })
    const revoke = await eventOf("message.revoked", await beto().send(ME, { revoke: id }))
    expect(revoke.data).toMatchObject({ target: id, sender: jid(BETO) })
  })
})

describe("messages from the time the device was offline", () => {
  it("are received like live ones, in order, and marked as offline (complaint 5)", async () => {
    await gateway.post("/api/disconnect", { numero: ME }, { token })
    for (let i = 1; i <= 5; i++) await beto().send(ME, { text: `ausente ${i}` })
    await gateway.post(`/v1/devices/${ME}/start`, {}, { token })
    await until(async () => (await textsReceived()).includes("ausente 5"), "the last one")
    const away = (await events()).filter(({ data }) => data.content?.text?.startsWith("ausente"))
    expect(away.map(({ data }) => data.content.text)).toEqual([1, 2, 3, 4, 5].map((i) => `ausente ${i}`))
    expect(away.every(({ data }) => data.offline)).toBe(true)
  })
})

describe("messages that the account sends with the phone", () => {
  it("are recorded as the account's own, in the contact's chat", async () => {
    const id = await gateway.network.phone(ME).send(BETO, { text: "desde el teléfono" })
    const event = await eventOf("message.received", id)
    expect(event.data).toMatchObject({
      fromMe: true,
      chat: jid(BETO),
      sender: jid(ME),
      content: { text: "desde el teléfono" }
    })
  })

  it("have a delivery status: their receipts are recorded", async () => {
    const id = await gateway.network.phone(ME).send(BETO, { text: "¿te llegó?" })
    await eventOf("message.received", id)
    await eventOf("message.delivered", id)
    expect((await gateway.get(`/v1/messages/${id}`, { token })).body).toMatchObject({
      fromMe: true,
      status: "delivered"
    })
  })
})

describe("a group", () => {
  it("delivers its members' messages under their own names", async () => {
    const group = beto().createGroup("Pedidos", [ME, CARLA])
    const id = await gateway.network.contact(CARLA).send(group, { text: "hola a todos" })
    const event = await eventOf("message.received", id)
    expect(event.data).toMatchObject({
      chat: group,
      sender: jid(CARLA),
      senderAlt: gateway.network.contact(CARLA).lid,
      content: { text: "hola a todos" }
    })
  })

  it("records a receipt of each member for the account's own messages", async () => {
    const group = beto().createGroup("Avisos", [ME, CARLA])
    const id = await gateway.network.phone(ME).send(group, { text: "aviso" })
    await eventOf("message.received", id)
    const receipts = await until(async () => {
      const found = (await events()).filter(({ type, data }) => type === "message.delivered" && data.messageId === id)
      return found.length === 2 && found
    }, "both receipts")
    expect(receipts.map(({ data }) => data.participant).toSorted()).toEqual([jid(BETO), jid(CARLA)])
  })
})

describe("the history that a phone sends after pairing", () => {
  it("is recorded with its progress, each part once", async () => {
    const numero = "51911000002"
    const phone = gateway.network.addPhone(numero)
    phone.setHistory([
      { with: BETO, text: "hace tiempo", at: 1_700_000_000 },
      { with: BETO, text: "y yo contesté", fromMe: true, at: 1_700_000_060 }
    ])
    await gateway.connect(token, numero)
    const synced = await until(
      async () => (await gateway.events(token, numero)).find(({ type }) => type === "history.synced"),
      "the history"
    )
    expect(synced.data.messages).toMatchObject([
      { chat: jid(BETO), fromMe: false, sentAt: 1_700_000_000_000, content: { text: "hace tiempo" } },
      { chat: jid(BETO), fromMe: true, content: { text: "y yo contesté" } }
    ])
    const { id } = (await gateway.get(`/v1/devices/${numero}`, { token })).body
    const { body } = await gateway.get(`/v1/messages/${synced.data.messages[0].messageId}`, { token })
    expect(body).toMatchObject({ device: id, status: "received" })
  })

  it("is recorded in batches when it is long: in order, each message once", async () => {
    const numero = "51911000003"
    const phone = gateway.network.addPhone(numero)
    const past = Array.from({ length: 450 }, (_, i) => ({ with: BETO, text: `hace ${i}`, at: 1_700_000_000 + i }))
    phone.setHistory(past)
    await gateway.connect(token, numero)
    await gateway.untilSynced(token, numero)
    const batches = await until(async () => {
      const synced = (await gateway.events(token, numero)).filter(({ type }) => type === "history.synced")
      return synced.flatMap(({ data }) => data.messages).length >= past.length && synced
    }, "the whole history")
    expect(batches.map(({ data }) => data.messages.length)).toEqual([200, 200, 50])
    expect(batches.every(({ data }) => data.progress === 100)).toBe(true)
    const texts = batches.flatMap(({ data }) => data.messages).map(({ content }) => content.text)
    expect(texts).toEqual(past.map(({ text }) => text))
  })
})
