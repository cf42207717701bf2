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

describe("a message that WhatsApp refuses has failed, with its code and a sentence", () => {
  it.for([
    [463, /write to new contacts/],
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

  it("463 of a contact that takes no first message; once he wrote himself, he takes ours (complaint 2)", async (test) => {
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
    const client = [`send ${first.status} (463)`, `message failed (${failure.code})`, `send after his first ${status}`]
    note(test, await device.row("contact that takes no first message", { client }))
  })
})

describe("a message that WhatsApp says nothing about", () => {
  it("is pending for whoever asked, and its fate is told later", async (test) => {
    order({ kind: "mute", number: device.numero, forMs: 2_300 })
    const { status, body } = await device.send("¿llegó?")
    expect(body).toEqual({ error: "Sin confirmación de WhatsApp", messageId: expect.any(String) })
    const pending = await device.message(body.messageId)
    expect(pending).toMatchObject({ status: "queued" })
    await device.until("message.delivered")
    const { status: fate } = await device.message(body.messageId)
    expect(timesAtContact("¿llegó?")).toBe(1)
    const client = [`send ${status}`, `message ${pending.status}`, `later ${fate}`]
    note(test, await device.row("WhatsApp acks nothing", { client }))
  })
})

describe("[OUT-1] a first message to a contact, which the server does not answer for", () => {
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

describe("a message that is damaged on its way", () => {
  it("to us is asked for again, and is in the log once", async (test) => {
    order({ kind: "tamper", number: device.numero })
    const id = await contact().send(device.numero, { text: "léeme" })
    await device.until("message.received")
    await until(() => contact().receipts.some((receipt) => receipt.id === id && receipt.type !== "retry"), "a receipt")
    expect(contact().receipts.some((receipt) => receipt.id === id && receipt.type === "retry")).toBe(true)
    expect(await countOf("message.received", id)).toBe(1)
    note(test, await device.row("message to us damaged on its way"))
  })

  it("to a phone is sent again under its id, and he has it once", async (test) => {
    order({ kind: "tamper", number: CONTACT })
    const { body } = await device.send("para tu teléfono")
    await device.until("message.delivered")
    expect(timesAtContact("para tu teléfono")).toBe(1)
    expect(await device.message(body.messageId)).toMatchObject({ status: "delivered" })
    note(test, await device.row("message to a phone damaged on its way"))
  })

  it("to a linked device is sent again to that device alone (Baileys#2781)", async (test) => {
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
    note(test, await device.row("message to a linked device damaged on its way"))
  })

  it("to a group is asked for again, and is in the log once", async (test) => {
    const group = contact().createGroup("Pedidos", [device.numero])
    await contact().send(group, { text: "uno" })
    await device.until("message.received")
    order({ kind: "tamper", number: device.numero })
    const id = await contact().send(group, { text: "dos" })
    await device.until("message.received", 2)
    await contact().send(group, { text: "tres" })
    await device.until("message.received", 3)
    expect(await countOf("message.received", id)).toBe(1)
    note(test, await device.row("message to a group damaged on its way"))
  })

  it("or lost is lost alone", async (test) => {
    order({ kind: "drop", number: device.numero })
    await contact().send(device.numero, { text: "perdido" })
    await contact().send(device.numero, { text: "no perdido" })
    const { data } = await device.until("message.received")
    expect(data.content.text).toBe("no perdido")
    note(test, await device.row("message to us lost on its way"))
  })
})

describe("receipts", () => {
  /** A phone that is on gets receipts of its own, and faults would strike those. */
  beforeEach(() => network().phone(device.numero).setOnline(false))
  afterEach(() => network().phone(device.numero).setOnline(true))

  it("that come twice are one event each", async (test) => {
    order({ kind: "duplicate_receipts", number: device.numero, times: 2 })
    const { body } = await device.send("dos veces", READER)
    await device.until("message.read")
    await device.settled()
    expect(await countOf("message.delivered", body.messageId)).toBe(1)
    expect(await countOf("message.read", body.messageId)).toBe(1)
    note(test, await device.row("receipts come twice"))
  })

  it("that overtake each other never take a message back", async (test) => {
    order({ kind: "reorder_receipts", number: device.numero })
    const { body } = await device.send("al revés", READER)
    await device.until("message.read")
    await device.settled()
    expect(await countOf("message.delivered", body.messageId)).toBe(0)
    expect(await device.message(body.messageId)).toMatchObject({ status: "read" })
    note(test, await device.row("receipts overtake each other"))
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

  it("once is tried again, and the file arrives once", async (test) => {
    order({ kind: "upload_error" })
    const { status, body } = await sendFile()
    await device.until("message.delivered")
    await until(documents, "the file")
    await device.settled()
    expect(documents()).toBe(1)
    const { status: fate } = await device.message(body.messageId)
    const client = [`send ${status}`, `message ${fate}`]
    note(test, await device.row("upload answered 503, once", { client }))
  })

  it("for good is given up after three times, with a sentence", async (test) => {
    order({ kind: "upload_error", untilCleared: true })
    const { status, body } = await sendFile()
    const failed = await device.until("message.failed")
    expect(failed.data).toMatchObject({ messageId: body.messageId, code: "not_sent" })
    const { failure } = await device.message(body.messageId)
    expect(failure.text).toMatch(/upload/i)
    network().clearFaults()
    const client = [`send ${status}`, `message failed (${failure.code})`]
    note(test, await device.row("upload answered 503, for good", { client }))
  })
})
