/** Questions that WhatsApp refuses or does not answer: look-ups of numbers, keys of new contacts, members of groups. And downloads. */
import { createHash } from "node:crypto"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import type { Fault } from "../../src/sandbox/faults/fault.ts"
import { until } from "../support/until.ts"
import { CONTACT, note, Scene, type Subject } from "./support/scene.ts"

vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))

let scene: Scene
let device: Subject
let nextNumber = 51_960_000_001

beforeAll(async () => {
  scene = await Scene.start({ env: { SEND_ACK_TIMEOUT_MS: "8000" } })
  device = await scene.connected()
  await device.send("hola", CONTACT)
})
afterAll(() => scene[Symbol.asyncDispose]())
beforeEach(async () => {
  network().clearFaults()
  await device.settled()
  await device.observe()
})

const network = () => scene.gateway.network
const order = (fault: Fault) => network().fault({ ...fault, number: device.numero })
const newContact = () => network().addContact(String(nextNumber++), { behaviour: "silent" })
const inV1 = (to: string, text = "hola") =>
  scene.gateway.post(`/v1/devices/${device.numero}/messages`, { to, text }, { token: scene.token })

describe("[OUT-1] the look-up of a number", () => {
  it("that WhatsApp refuses because the account asks too often is told apart, in both dialects", async (test) => {
    const { number, inbox } = newContact()
    order({ kind: "iq_error", xmlns: "usync", code: 429, untilCleared: true })
    const { status, body, headers } = await device.send("hola", number)
    expect([status, body]).toEqual([503, { error: "WhatsApp no responde: demasiadas consultas", code: "429" }])
    expect(headers.get("retry-after")).toBe("60")
    const other = await inV1(number)
    expect([other.status, other.body.code, other.headers.get("retry-after")]).toEqual([503, "asked-too-often", "60"])
    network().clearFaults()
    const later = await device.send("hola", number)
    expect([later.status, inbox.length]).toEqual([200, 0])
    const client = [`send ${status} (${body.code})`, `send ${later.status}`]
    note(test, await device.row("look-up of a number refused with 429", { client }))
  })

  it.for([
    ["refused with 503", 503],
    ["never answered", undefined]
  ] as const)("that is %s accepts nothing", async ([how, code], test) => {
    const { number } = newContact()
    order({ kind: "iq_error", xmlns: "usync", ...(code === undefined ? {} : { code }) })
    const { status } = await device.send("hola", number)
    expect(status).toBe(503)
    expect((await device.events()).map(({ type }) => type)).not.toContain("message.queued")
    const later = await device.send("hola", number)
    expect(later.status).toBe(200)
    const client = [`send ${status}`, `send ${later.status}`]
    note(test, await device.row(`look-up of a number ${how}`, { client }))
  })
})

describe("the keys of a new contact", () => {
  it("that are refused once are asked for again, and the message arrives once", async (test) => {
    const contact = newContact()
    order({ kind: "iq_error", xmlns: "encrypt", code: 503 })
    const { status } = await device.send("hola", contact.number)
    await device.until("message.delivered")
    expect(contact.inbox.map(({ text }) => text)).toEqual(["hola"])
    const client = [`send ${status}`]
    note(test, await device.row("keys of a new contact refused with 503, once", { client }))
  })

  it("that are always refused fail the message, with WhatsApp's reason", async (test) => {
    const contact = newContact()
    order({ kind: "iq_error", xmlns: "encrypt", code: 429, untilCleared: true })
    const { status, body } = await device.send("hola", contact.number)
    expect([status, body.code]).toEqual([500, "not_sent"])
    const { failure } = await device.message(body.messageId)
    expect(failure).toMatchObject({ code: "not_sent", text: expect.stringMatching(/rate-overlimit/) })
    network().clearFaults()
    const client = [`send ${status} (${body.code})`, `message failed (${failure.code})`]
    note(test, await device.row("keys of a new contact always refused with 429", { client }))
  })

  it("that never come hold up that chat only", async (test) => {
    const contact = newContact()
    order({ kind: "iq_error", xmlns: "encrypt" })
    const { status } = await device.send("hola", contact.number)
    const other = await device.send("¿y tú?", CONTACT)
    expect([status, other.status]).toEqual([504, 200])
    const client = [`send ${status}`, `send to another chat ${other.status}`]
    note(test, await device.row("keys of a new contact never answered", { client }))
  })
})

describe("the members of a group", () => {
  it("that are refused once are asked for again, and the message arrives once", async (test) => {
    const group = network().contact(CONTACT).createGroup("Pedidos", [device.numero])
    await until(() => network().phone(device.numero).companions[0]?.waiting === 0, "the gateway to hear of the group")
    order({ kind: "iq_error", xmlns: "w:g2", code: 429 })
    const { status } = await inV1(group, "al grupo")
    await device.until("message.delivered")
    const arrived = network()
      .contact(CONTACT)
      .inbox.filter(({ text }) => text === "al grupo")
    expect([status, arrived.length]).toEqual([202, 1])
    note(test, await device.row("members of a group refused with 429, once", { client: [`send ${status}`] }))
  })
})

describe("[SEC-3] a download", () => {
  const file = Buffer.alloc(300_000, "ñandú")
  const received = async (media: Buffer): Promise<string> => {
    const id = await network()
      .contact(CONTACT)
      .send(device.numero, { media, mimetype: "text/plain", filename: "a.txt" })
    await device.until("message.received")
    return id
  }
  const download = async (id: string) => {
    const url = `${scene.gateway.url}/v1/messages/${id}/media`
    const answer = await fetch(url, { headers: { authorization: `Bearer ${scene.token}` } })
    const bytes = Buffer.from(await answer.arrayBuffer())
    return { status: answer.status, code: answer.ok ? sha256(bytes) : JSON.parse(bytes.toString()).code }
  }
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")

  it("that is answered 403, because its address is too old, is asked of the phone", async (test) => {
    const media = Buffer.concat([file, Buffer.from("403")])
    const id = await received(media)
    network().fault({ kind: "download_error", code: 403 })
    const { status, code } = await download(id)
    expect([status, code]).toEqual([200, sha256(media)])
    note(test, await device.row("download answered 403", { client: [`file ${status}`] }))
  })

  it.for([
    ["answered 503", { kind: "download_error" }, 503, "no-answer"],
    ["cut off", { kind: "download_cut" }, 503, "no-answer"],
    ["altered", { kind: "download_altered" }, 502, "media-unusable"]
  ] as const)(
    "that is %s fails, and leaves nothing that a later one would give",
    async ([how, fault, ...fails], test) => {
      const media = Buffer.concat([file, Buffer.from(how)])
      const id = await received(media)
      network().fault(fault)
      const { status, code } = await download(id)
      expect([status, code]).toEqual(fails)
      const later = await download(id)
      expect(later).toEqual({ status: 200, code: sha256(media) })
      const client = [`file ${status} (${code})`, `file ${later.status}`]
      note(test, await device.row(`download ${how}`, { client }))
    }
  )
})
