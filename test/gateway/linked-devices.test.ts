/** Contacts with several devices, with devices that come and go, and with another phone than before. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import type { Contact } from "../../src/sandbox/people/contact.ts"
import { BareClient, textOf } from "../sandbox/support/bare-client.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000071"

let gateway: TestGateway
let token: string
let nextNumber = 51_922_000_071

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "40" },
    network: { prekeyCount: 50, log: () => {} }
  })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
})
afterEach(() => gateway.network.clearFaults())
afterAll(async () => {
  const { unknownIqs } = gateway.network
  await gateway[Symbol.asyncDispose]()
  expect(unknownIqs).toEqual([])
})

const newContact = (): Contact => gateway.network.addContact(String(nextNumber++), { behaviour: "silent" })

const send = async (contact: Contact, message: string): Promise<string> => {
  const body = { fromNumber: ME, number: contact.number, message }
  const { status, body: answer } = await gateway.post("/api/send-message", body, { token })
  expect(status).toBe(200)
  return answer.messageId
}
const typesOf = async (messageId: string): Promise<readonly string[]> =>
  (await gateway.events(token, ME)).filter(({ data }) => data.messageId === messageId).map(({ type }) => type)
const untilEvent = (messageId: string, type: string) =>
  until(async () => (await typesOf(messageId)).includes(type), `${type} of ${messageId}`)
const has = (inbox: readonly { readonly text?: string | undefined }[], text: string) =>
  inbox.filter((message) => message.text === text).length

describe("a contact with a linked device", () => {
  it("gets a message on all of its devices, and is recorded in one chat whichever it writes with", async () => {
    const contact = newContact()
    const linked = contact.linkDevice()
    await untilEvent(await send(contact, "hola"), "message.delivered")
    await until(() => has(contact.inbox, "hola") && has(linked.inbox, "hola"), "the message on both devices")
    const [byPhone, byLinked] = [
      await contact.send(ME, { text: "del teléfono" }),
      await linked.send(`${ME}@s.whatsapp.net`, "de la web")
    ]
    await untilEvent(byPhone, "message.received")
    await untilEvent(byLinked, "message.received")
    const chats = (await gateway.events(token, ME))
      .filter(({ data }) => [byPhone, byLinked].includes(data.messageId))
      .map(({ data }) => [data.chat, data.chatAlt, data.sender])
    expect(chats).toEqual(Array.from({ length: 2 }, () => [contact.jid, contact.lid, contact.jid]))
  })

  it("counts as reached when its phone has the message, not when only the linked device has it", async () => {
    const contact = newContact()
    const linked = contact.linkDevice()
    contact.setOnline(false)
    const id = await send(contact, "¿estás?")
    await until(() => has(linked.inbox, "¿estás?"), "the message on the linked device")
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(await typesOf(id)).toEqual(["message.queued", "message.sent"])
    contact.setOnline(true)
    await untilEvent(id, "message.delivered")
  })

  it("gets a message again on the device that could not decrypt it, and only there", async () => {
    const contact = newContact()
    const linked = contact.linkDevice()
    const { messageErrors, retryReceipts } = gateway.network.stats()
    gateway.network.fault({ kind: "tamper", number: contact.number, device: linked.id })
    await send(contact, "para los dos")
    await until(() => has(contact.inbox, "para los dos") && has(linked.inbox, "para los dos"), "it on both devices")
    expect([has(contact.inbox, "para los dos"), has(linked.inbox, "para los dos")]).toEqual([1, 1])
    const after = gateway.network.stats()
    expect([after.messageErrors, after.retryReceipts]).toEqual([messageErrors, retryReceipts + 1])
  })

  it("gets a message once on each device when none of them could decrypt it", async () => {
    const contact = newContact()
    const linked = contact.linkDevice()
    gateway.network.fault({ kind: "tamper", number: contact.number, times: 2 })
    await send(contact, "para los dos")
    await until(() => has(contact.inbox, "para los dos") && has(linked.inbox, "para los dos"), "it on both devices")
    expect(has(contact.inbox, "para los dos")).toBe(1)
  })
})

describe("another linked device of the account", () => {
  it("gets its copy again when it could not decrypt it, in the contact's chat", async () => {
    const contact = newContact()
    await send(contact, "antes")
    const { network } = gateway
    const other = await new BareClient(network, {}, await network.phone(ME).provision()).open()
    await until(() => network.phone(ME).companions.every(({ waiting }) => waiting === 0), "the gateway to hear of it")
    const { messageErrors } = network.stats()
    await send(contact, "con copia")
    const copyOf = (text: string) => other.messages.find((message) => textOf(message) === text)
    await until(() => copyOf("con copia"), "the copy")
    // The phone would send it too.
    network.phone(ME).setOnline(false)
    network.fault({ kind: "tamper", number: ME })
    await send(contact, "copia dañada")
    const copy = await until(() => copyOf("copia dañada"), "the second copy")
    expect(copy.key).toMatchObject({ remoteJid: contact.lid, fromMe: true })
    expect(network.stats().messageErrors).toBe(messageErrors)
    network.phone(ME).setOnline(true)
    await other.close()
  })
})

describe("a contact that links a device", () => {
  it("gets later messages there when WhatsApp announces the device", async () => {
    const contact = newContact()
    await send(contact, "uno")
    const linked = contact.linkDevice()
    await until(() => gateway.network.phone(ME).companions[0]?.waiting === 0, "the gateway to hear of it")
    await send(contact, "dos")
    await until(() => has(linked.inbox, "dos"), "the message on the new device")
  })

  it("gets later messages there although it is not announced: the ack of the first says that a device was left out", async () => {
    const contact = newContact()
    await send(contact, "uno")
    const linked = contact.linkDevice({ announced: false })
    await send(contact, "dos")
    await send(contact, "tres")
    await until(() => has(linked.inbox, "tres"), "the message on the new device")
    await until(() => has(contact.inbox, "tres"), "it on the phone")
    expect(has(linked.inbox, "dos")).toBe(0)
  })

  it("is not asked for its devices with every message, whatever the acks say", async () => {
    const contact = newContact()
    await send(contact, "uno")
    contact.linkDevice({ announced: false })
    await send(contact, "dos")
    await send(contact, "tres")
    const other = contact.linkDevice({ announced: false })
    await send(contact, "cuatro")
    await send(contact, "cinco")
    await until(() => has(contact.inbox, "cinco"), "the last message")
    expect(other.inbox).toEqual([])
  })

  it("gets later messages on its phone when the device is unlinked again", async () => {
    const contact = newContact()
    contact.linkDevice()
    await send(contact, "uno")
    await contact.unlinkDevices()
    await untilEvent(await send(contact, "dos"), "message.delivered")
    expect(has(contact.inbox, "dos")).toBe(1)
  })
})

describe("a contact that installs WhatsApp anew", () => {
  it.each([
    ["is told", true],
    ["is not told", false]
  ])("is written to and read as before when the gateway %s", async (_how, announced) => {
    const contact = newContact()
    await untilEvent(await send(contact, "antes"), "message.delivered")
    await untilEvent(await contact.send(ME, { text: "antes" }), "message.received")
    const { retryReceipts } = gateway.network.stats()
    await contact.reinstall({ announced })
    await until(() => gateway.network.phone(ME).companions[0]?.waiting === 0, "the gateway to hear of it")
    await untilEvent(await send(contact, "después"), "message.delivered")
    expect(has(contact.inbox, "después")).toBe(1)
    expect(gateway.network.stats().retryReceipts > retryReceipts).toBe(!announced)
    const id = await contact.send(ME, { text: "teléfono nuevo" })
    await untilEvent(id, "message.received")
    expect((await gateway.events(token, ME)).find(({ data }) => data.messageId === id)?.data).toMatchObject({
      content: { text: "teléfono nuevo" },
      sender: contact.jid
    })
  })

  it("is read when it writes first, and is not told", async () => {
    const contact = newContact()
    await untilEvent(await contact.send(ME, { text: "antes" }), "message.received")
    await contact.reinstall({ announced: false })
    await untilEvent(await contact.send(ME, { text: "soy yo" }), "message.received")
    await untilEvent(await send(contact, "hola de nuevo"), "message.delivered")
    expect(has(contact.inbox, "hola de nuevo")).toBe(1)
  })
})
