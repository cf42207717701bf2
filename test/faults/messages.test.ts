import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { until } from "../support/until.ts"
import { CONTACT, note, Scene, type Subject } from "./support/scene.ts"

vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))

const READER = "51999999998"
const SHY = "51999999997"

let scene: Scene
let device: Subject

beforeAll(async () => {
  scene = await Scene.start({ env: { SEND_ACK_TIMEOUT_MS: "1500" } })
  network().addContact(READER, { behaviour: "reads" })
  network().addContact(SHY).setRestricted(true)
  device = await scene.connected()
  await device.send("hola", CONTACT)
  await device.send("hola", READER)
})
afterAll(() => scene[Symbol.asyncDispose]())
beforeEach(async () => {
  network().clearFaults()
  await device.settled()
  await device.observe()
})

const network = () => scene.gateway.network
const contact = () => network().contact(CONTACT)
const order = (fault: Fault) => network().fault(fault)
const timesAtContact = (text: string) => contact().inbox.filter((message) => message.text === text).length
const countOf = async (type: string, messageId: string) =>
  (await device.events()).filter((event) => event.type === type && event.data.messageId === messageId).length

describe("a message that WhatsApp refuses fails with its code and a sentence", () => {
  it.for([
    [463, /only after the contact has written first/],
    [479, /malformed/],
    [500, /server failed/]
  ] as const)("%i (complaint 3)", async ([code, sentence], test) => {
    order({ kind: "ack_error", code, number: device.numero })
    const { status, body } = await device.send("rechazado")
    expect(body).toEqual({ error: "WhatsApp rechazó el mensaje", code: String(code), messageId: expect.any(String) })
    const { failure, ...message } = await device.message(body.messageId)
    expect(message).toMatchObject({ status: "failed", sentAt: null })
    expect(failure).toEqual({ code: String(code), text: expect.stringMatching(sentence) })
    const row = await device.row(`message refused with ${code}`, {
      client: [`send ${status} (${body.code})`, `message ${message.status} (${failure.code})`]
    })
    expect(timesAtContact("rechazado")).toBe(0)
    note(test, row)
  })

  it("463 from a contact that accepts no first message; the contact writes, then accepts a message (complaint 2)", async (test) => {
    const first = await device.send("¿hola?", SHY)
    expect(first).toMatchObject({ status: 500, body: { code: "463" } })
    const { failure } = await device.message(first.body.messageId)
    await network().contact(SHY).send(device.numero, { text: "hola, escríbeme" })
    await device.until("message.received")
    const { status } = await device.send("gracias", SHY)
    expect(
      network()
        .contact(SHY)
        .inbox.map(({ text }) => text)
    ).toEqual(["gracias"])
    const client = [
      `send ${first.status} (463)`,
      `message failed (${failure.code})`,
      `send after the contact's first ${status}`
    ]
    note(test, await device.row("contact that accepts no first message", { client }))
  })
})

describe("while WhatsApp locks the account for new contacts", () => {
  it("a first message is refused here, and chats go on", async (test) => {
    const newcomer = "51999999996"
    network().addContact(newcomer)
    await contact().send(device.numero, { text: "hola" })
    await device.until("message.received")
    const phone = network().phone(device.numero)
    phone.setStanding({ timelock: { type: "WEB_COMPANION_ONLY", endsAt: Math.floor(Date.now() / 1_000) + 600 } })
    await device.until("account.reachout_locked")
    const first = await device.send("¿hola?", newcomer)
    expect(first).toMatchObject({ status: 400, body: { error: "Cuenta restringida por WhatsApp" } })
    const known = await device.send("sigue")
    phone.setStanding({})
    await device.until("account.reachout_unlocked")
    const client = [`send to a new contact ${first.status}`, `send to a known one ${known.status}`]
    note(test, await device.row("WhatsApp locks the account for new contacts", { client }))
  })
})

describe("a message that WhatsApp does not acknowledge", () => {
  it("is pending for its sender, and its delivery status is recorded later", async (test) => {
    order({ kind: "mute", number: device.numero, forMs: 2_300 })
    const { status, body } = await device.send("¿llegó?")
    expect(body).toEqual({ error: "Sin confirmación de WhatsApp", messageId: expect.any(String) })
    const pending = await device.message(body.messageId)
    expect(pending).toMatchObject({ status: "queued" })
    await device.until("message.delivered")
    const { status: last } = await device.message(body.messageId)
    expect(timesAtContact("¿llegó?")).toBe(1)
    const client = [`send ${status}`, `message ${pending.status}`, `later ${last}`]
    note(test, await device.row("WhatsApp acknowledges nothing", { client }))
  })
})

describe("[OUT-1] a first message to a contact, while WhatsApp does not respond to the look-up", () => {
  const newContact = () => {
    const number = `5197${String(Date.now()).slice(-7)}`
    network().addContact(number)
    return number
  }
  const isRefusedAtOnce = async (sending: ReturnType<Subject["send"]>, since: number) => {
    const { status, body } = await sending
    expect(body).toMatchObject({ error: "Sesión de WhatsApp no lista", device: device.numero })
    expect(Date.now() - since).toBeLessThan(1_500)
    return [`send ${status} (${body.state})`]
  }

  it("is refused as soon as the connection is lost", async (test) => {
    order({ kind: "mute", number: device.numero, forMs: 60_000 })
    const sending = device.send("¿estás?", newContact())
    await new Promise((resolve) => setTimeout(resolve, 200))
    network().clearFaults()
    order({ kind: "terminate", number: device.numero })
    const client = await isRefusedAtOnce(sending, Date.now())
    await device.untilBack()
    expect((await device.events()).map(({ type }) => type)).not.toContain("message.queued")
    note(test, await device.row("connection lost while a new contact is looked up", { client }))
  })

  it("is refused as soon as the device is stopped", async (test) => {
    order({ kind: "mute", number: device.numero, forMs: 60_000 })
    const sending = device.send("¿estás?", newContact())
    await new Promise((resolve) => setTimeout(resolve, 200))
    const since = Date.now()
    const stopped = await device.post("stop")
    expect([stopped.status, Date.now() - since < 1_500]).toEqual([200, true])
    const client = await isRefusedAtOnce(sending, since)
    network().clearFaults()
    await device.post("start")
    await device.untilState("CONNECTED")
    note(test, await device.row("stop while a new contact is looked up", { client }))
  })
})

describe("a message that is damaged in transit", () => {
  it("to the device is requested again, and is in the log once", async (test) => {
    order({ kind: "tamper", number: device.numero })
    const id = await contact().send(device.numero, { text: "léeme" })
    await device.until("message.received")
    await until(() => contact().receipts.some((receipt) => receipt.id === id && receipt.type !== "retry"), "a receipt")
    expect(contact().receipts.some((receipt) => receipt.id === id && receipt.type === "retry")).toBe(true)
    expect(await countOf("message.received", id)).toBe(1)
    note(test, await device.row("message to the device damaged in transit"))
  })

  it("to a phone is sent again under its id, and the phone gets it once", async (test) => {
    order({ kind: "tamper", number: CONTACT })
    const { body } = await device.send("para tu teléfono")
    await device.until("message.delivered")
    expect(timesAtContact("para tu teléfono")).toBe(1)
    expect(await device.message(body.messageId)).toMatchObject({ status: "delivered" })
    note(test, await device.row("message to a phone damaged in transit"))
  })

  it("to a linked device is sent again to that device only (Baileys#2781)", async (test) => {
    const other = await scene.connected()
    await device.observe()
    const { messageErrors } = network().stats()
    order({ kind: "tamper", number: other.numero, times: 2 })
    const { body } = await device.send("para todos tus aparatos", other.numero)
    const received = await other.until("message.received")
    await until(() => network().phone(other.numero).inbox.length === 1, "the message on the phone")
    expect(received.data).toMatchObject({ messageId: body.messageId, content: { text: "para todos tus aparatos" } })
    await device.until("message.delivered")
    expect(network().stats().messageErrors).toBe(messageErrors)
    note(test, await device.row("message to a linked device damaged in transit"))
  })

  it("to a group is requested again, and is in the log once", async (test) => {
    const group = contact().createGroup("Pedidos", [device.numero])
    await contact().send(group, { text: "uno" })
    await device.until("message.received")
    order({ kind: "tamper", number: device.numero })
    const id = await contact().send(group, { text: "dos" })
    await device.until("message.received", 2)
    await contact().send(group, { text: "tres" })
    await device.until("message.received", 3)
    expect(await countOf("message.received", id)).toBe(1)
    note(test, await device.row("message to a group damaged in transit"))
  })

  it("as a status comes from the phone, and holds nothing back", async (test) => {
    order({ kind: "tamper", number: device.numero })
    const id = await contact().send("status@broadcast", { text: "en la playa" })
    const { data } = await device.until("message.received")
    expect(data).toMatchObject({ messageId: id, content: { text: "en la playa" } })
    await until(() => network().phone(device.numero).companions[0]?.waiting === 0, "the status to be confirmed")
    note(test, await device.row("status to the device damaged in transit"))
  })

  it("or lost does not affect other messages", async (test) => {
    order({ kind: "drop", number: device.numero })
    await contact().send(device.numero, { text: "perdido" })
    await contact().send(device.numero, { text: "no perdido" })
    const { data } = await device.until("message.received")
    expect(data.content.text).toBe("no perdido")
    note(test, await device.row("message to the device lost in transit"))
  })
})

describe("receipts", () => {
  /** A phone that is online sends receipts of its own, and the faults would affect those. */
  beforeEach(() => network().phone(device.numero).setOnline(false))
  afterEach(() => network().phone(device.numero).setOnline(true))

  it("that arrive twice are one event each", async (test) => {
    order({ kind: "duplicate_receipts", number: device.numero, times: 2 })
    const { body } = await device.send("dos veces", READER)
    await device.until("message.read")
    await device.settled()
    expect(await countOf("message.delivered", body.messageId)).toBe(1)
    expect(await countOf("message.read", body.messageId)).toBe(1)
    note(test, await device.row("receipts arrive twice"))
  })

  it("that arrive out of order never move a delivery status back", async (test) => {
    order({ kind: "reorder_receipts", number: device.numero })
    const { body } = await device.send("al revés", READER)
    await device.until("message.read")
    await device.settled()
    expect(await countOf("message.delivered", body.messageId)).toBe(0)
    expect(await device.message(body.messageId)).toMatchObject({ status: "read" })
    note(test, await device.row("receipts arrive out of order"))
  })
})

describe("an upload that is answered 503", () => {
  const sendFile = () =>
    scene.gateway.post(
      "/api/send-whatsap",
      {
        number: CONTACT,
        fromNumber: device.numero,
        mediatype: "document",
        filename: "factura.pdf",
        media: Buffer.from(`%PDF-1.4 ${Math.random()}`).toString("base64")
      },
      { token: scene.token }
    )
  const documents = () => contact().inbox.filter(({ filename }) => filename === "factura.pdf").length

  it("once is retried, and the file arrives once", async (test) => {
    order({ kind: "upload_error" })
    const { status, body } = await sendFile()
    await device.until("message.delivered")
    await until(documents, "the file")
    await device.settled()
    expect(documents()).toBe(1)
    const { status: last } = await device.message(body.messageId)
    const client = [`send ${status}`, `message ${last}`]
    note(test, await device.row("upload answered 503, once", { client }))
  })

  it("always is given up after three attempts, with a sentence", async (test) => {
    order({ kind: "upload_error", untilCleared: true })
    const { status, body } = await sendFile()
    const failed = await device.until("message.failed")
    expect(failed.data).toMatchObject({ messageId: body.messageId, code: "not_sent" })
    const { failure } = await device.message(body.messageId)
    expect(failure.text).toMatch(/upload/i)
    network().clearFaults()
    const client = [`send ${status}`, `message failed (${failure.code})`]
    note(test, await device.row("upload always answered 503", { client }))
  })
})

describe("a file that WhatsApp has no longer", () => {
  it("comes from the phone; without the phone it is gone", async (test) => {
    const file = async (text: string) => {
      const id = await contact().send(device.numero, {
        media: Buffer.from(text),
        mimetype: "text/plain",
        filename: "a"
      })
      const phone = network().phone(device.numero)
      await until(() => phone.inbox.some((message) => message.id === id), "the message on the phone")
      return id
    }
    const fetched = async (id: string) =>
      (await scene.gateway.get(`/v1/messages/${id}/media`, { token: scene.token })).status
    const [one, other] = [await file("uno"), await file("dos")]
    await device.until("message.received", 2)
    network().expireMedia()
    const answers = [await fetched(one)]
    network().phone(device.numero).setReuploads("not_found")
    answers.push(await fetched(other))
    expect(answers).toEqual([200, 410])
    network().phone(device.numero).setReuploads("upload")
    const client = [`file ${answers[0]}`, `file that the phone has not ${answers[1]}`]
    note(test, await device.row("file that WhatsApp has no longer", { client }))
  })
})
