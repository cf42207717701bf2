/** What the gateway asks for again, and what others ask of it: messages that could not be decrypted, here or there. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51911000051"
const BETO = "51922000051"
const OTHER = "51911000052"
/** Baileys asks a sender five times. */
const ATTEMPTS = 6

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { RETRY_FIRST_MS: "40", WA_RESEND_WAIT_MS: "8000" },
    network: { prekeyCount: 50, log: () => {} }
  })
  token = await gateway.user(ME)
  gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
  await gateway.connect(token, ME)
  await gateway.untilSynced(token, ME)
  await beto().send(ME, { text: "hola" })
})
afterEach(() => {
  gateway.network.clearFaults()
  phone().setOnline(true)
  beto().setOnline(true)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const beto = () => gateway.network.contact(BETO)
const phone = () => gateway.network.phone(ME)
const eventsOf = async (messageId: string) =>
  (await gateway.events(token, ME)).filter(({ data }) => data.messageId === messageId)
const recorded = (messageId: string, timeoutMs?: number) =>
  until(async () => (await eventsOf(messageId))[0], `an event of ${messageId}`, timeoutMs)
const send = async (text: string, to = BETO): Promise<string> => {
  const { body } = await gateway.post(
    `/v1/devices/${ME}/messages`,
    { to, text },
    { token, headers: { prefer: "wait=10" } }
  )
  expect(body.status).not.toBe("failed")
  return body.id
}
const shownAtBeto = (id: string) => beto().inbox.filter((message) => message.id === id)

describe("a message that its sender cannot send again", () => {
  it("[IN-1] comes from the phone, which can read it", async () => {
    gateway.network.fault({ kind: "tamper", number: ME, times: ATTEMPTS })
    const id = await beto().send(ME, { text: "lo tiene el teléfono" })
    const event = await recorded(id, 20_000)
    expect(event).toMatchObject({ type: "message.received", data: { content: { text: "lo tiene el teléfono" } } })
  })

  it("[IN-1] [DEV-4] is asked for again by the next connection, when the one before ended too early", async () => {
    phone().setOnline(false)
    const id = await beto().send(ME, { text: "justo al cortarse" }, { withheld: "" })
    await until(() => phone().companions[0]?.waiting === 0, "the gateway to have confirmed it")
    gateway.network.fault({ kind: "terminate", number: ME })
    await gateway.untilState(token, ME, "CONNECTED")
    phone().setOnline(true)
    expect(await recorded(id)).toMatchObject({ data: { content: { text: "justo al cortarse" } } })
  })
})

describe("a status that cannot be decrypted", () => {
  it("leaves a trace, and never holds back what waits behind it", async () => {
    const first = await beto().send("status@broadcast", { text: "en la playa" })
    await recorded(first)
    gateway.network.fault({ kind: "tamper", number: ME })
    const unread = await beto().send("status@broadcast", { text: "lo tiene el teléfono" })
    await until(() => phone().companions[0]?.waiting === 0, "the status to be confirmed")
    expect(await recorded(unread)).toMatchObject({
      data: { chat: "status@broadcast", content: { text: "lo tiene el teléfono" } }
    })
    phone().setOnline(false)
    const meanwhile: string[] = []
    await gateway.restart({}, async () => {
      gateway.network.fault({ kind: "tamper", number: ME })
      meanwhile.push(await beto().send("status@broadcast", { text: "tampoco" }))
      meanwhile.push(await beto().send(ME, { text: "detrás" }))
    })
    const [status = "", behind = ""] = meanwhile
    expect(await recorded(behind)).toMatchObject({ data: { content: { text: "detrás" } } })
    await until(() => phone().companions[0]?.waiting === 0, "the queue to be empty")
    const again = await beto().send("status@broadcast", { text: "ahora sí" })
    expect(await recorded(again)).toMatchObject({ data: { content: { text: "ahora sí" } } })
    expect(await recorded(status)).toMatchObject({ data: { content: { kind: "unavailable", reason: "unreadable" } } })
  })
})

describe("a message that its recipient asks for again", () => {
  /** Beto's phone cannot read it, and asks when it is switched on. */
  const unreadAtBeto = async (text: string) => {
    beto().setOnline(false)
    gateway.network.fault({ kind: "tamper", number: BETO })
    const id = await send(text)
    await until(() => phone().inbox.some((message) => message.id === id), "the copy on the phone")
    return id
  }
  const happened = (type: string, target: string) =>
    until(
      async () =>
        (await gateway.events(token, ME)).some((event) => event.type === type && event.data.target === target),
      type
    )

  it("comes as it is after its last edit", async () => {
    const id = await unreadAtBeto("a las 5")
    await phone().send(BETO, { text: "a las 6", edit: id })
    await happened("message.edited", id)
    beto().setOnline(true)
    await until(() => shownAtBeto(id).length > 0, "the message")
    expect(shownAtBeto(id)).toMatchObject([{ type: "text", text: "a las 6" }])
    expect(JSON.stringify(beto().inbox)).not.toContain("a las 5")
  })

  it("does not come when it was deleted", async () => {
    const id = await unreadAtBeto("me equivoqué")
    await phone().send(BETO, { revoke: id })
    await happened("message.revoked", id)
    beto().setOnline(true)
    const later = await send("otra cosa")
    await until(() => shownAtBeto(later).length > 0, "a later message")
    await until(() => beto().receipts.length >= 0 && phone().companions[0]?.waiting === 0, "the request for it")
    expect(shownAtBeto(id)).toEqual([])
    expect(JSON.stringify(beto().inbox)).not.toContain("me equivoqué")
  })

  it("comes with the token of its recipient, who takes no message without", async () => {
    await gateway.connect(token, OTHER)
    await gateway.network.phone(OTHER).send(ME, { text: "hola" })
    phone().setStanding({ timelock: { type: "DEFAULT" } }, { silently: true })
    const { messageErrors } = gateway.network.stats()
    gateway.network.fault({ kind: "tamper", number: OTHER, times: 2 })
    const id = await send("para todos tus aparatos", OTHER)
    await until(
      async () => (await gateway.events(token, OTHER)).some(({ data }) => data.messageId === id),
      "the message at the linked device"
    )
    expect(gateway.network.stats().messageErrors).toBe(messageErrors)
    phone().setStanding({})
  })
})

describe("a contact whose LID has changed", () => {
  it("is written to under the new one, as soon as WhatsApp has marked the old one as stale", async () => {
    const { network } = gateway
    const caro = network.addContact("51922000059", { behaviour: "silent" })
    const queued = async (id: string) => (await eventsOf(id)).find(({ type }) => type === "message.queued")?.data
    const arrived = (id: string) => until(() => caro.inbox.some((message) => message.id === id), "the message")
    const before = caro.lid
    const first = await send("antes", caro.number)
    expect(await queued(first)).toMatchObject({ chat: caro.jid, chatAlt: before })
    caro.changeLid()
    const second = await send("al viejo", caro.number)
    await arrived(second)
    const isKnown = async () => {
      const events = await gateway.events(token, ME)
      return events.some(({ type, data }) => type.startsWith("contact.") && JSON.stringify(data).includes(caro.lid))
    }
    await until(isKnown, "the new LID")
    const third = await send("al nuevo", caro.number)
    expect(await queued(third)).toMatchObject({ chat: caro.jid, chatAlt: caro.lid })
    await arrived(third)
    const answered = await caro.send(ME, { text: "recibido" })
    expect((await recorded(answered))?.data).toMatchObject({ chat: caro.jid, chatAlt: caro.lid })
  })
})
