import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest"
import { CONTACT, note, Scene, type Subject } from "./support/scene.ts"

vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))

const stateDir = mkdtempSync(join(tmpdir(), "bitacora-network-"))
const DEVICES = 3

let scene: Scene
let devices: readonly Subject[]
let first: Subject

beforeAll(async () => {
  scene = await Scene.start({ network: { stateDir, seed: 7 } })
  devices = await Promise.all(Array.from({ length: DEVICES }, () => scene.connected()))
  const [device] = devices
  if (!device) throw new Error("no device")
  first = device
  await first.send()
})
afterAll(async () => {
  await scene[Symbol.asyncDispose]()
  rmSync(stateDir, { recursive: true, force: true })
})
beforeEach(async () => {
  scene.gateway.network.clearFaults()
  for (const device of devices) {
    await device.untilState("CONNECTED")
    await device.settled()
    await device.observe()
  }
})

const network = () => scene.gateway.network
const textsAtContact = (text: string) =>
  network()
    .contact(CONTACT)
    .inbox.filter((message) => message.text === text)

describe("an HTTP upgrade that is refused, which Baileys does not report", () => {
  it.for([503, 429] as const)("%i is noticed at once and retried until WhatsApp accepts it", async (code, test) => {
    network().fault({ kind: "upgrade", code })
    network().fault({ kind: "terminate", number: first.numero })
    await first.until("connection.lost", 3)
    const { status, body } = await first.send()
    expect(body).toMatchObject({ error: "Sesión de WhatsApp no lista" })
    network().clearFaults()
    await first.untilBack()
    const client = [`send meanwhile ${status}`]
    note(test, await first.row(`HTTP upgrade answered ${code}`, { client }))
  })
})

describe("a network that goes down and comes back", () => {
  it("reconnects every device, with every message that was sent meanwhile", async (test) => {
    const { messageId } = (await first.send("antes")).body
    await scene.gateway.restartNetwork(async () => {
      for (const device of devices) await device.until("connection.lost", 2)
      expect((await first.send()).status).toBe(400)
    })
    for (const device of devices) await device.untilBack()
    const id = await network().contact(CONTACT).send(first.numero, { text: "otra vez" })
    expect((await first.until("message.received")).data.messageId).toBe(id)
    expect(textsAtContact("antes").map((message) => message.id)).toEqual([messageId])
    const events = await first.events()
    expect(events.some(({ type }) => type === "connection.interrupted" || type === "pairing.qr_issued")).toBe(false)
    await first.settled()
    const client = ["send meanwhile 400"]
    note(test, await first.row("network down for a while, then back with its state", { client }))
  })
})

describe("a gateway that is restarted", () => {
  it("records the restart, and gets messages sent meanwhile from the offline queue (complaint 5)", async (test) => {
    const ids: string[] = []
    const send = async (text: string) => ids.push(await network().contact(CONTACT).send(first.numero, { text }))
    await scene.restartGateway({}, async () => {
      for (let i = 1; i <= 5; i++) await send(`ausente ${i}`)
    })
    for (const device of devices) await device.untilBack()
    await first.until("message.received", ids.length)
    const received = (await first.events()).filter(({ type }) => type === "message.received")
    expect(received.map(({ data }) => data.messageId)).toEqual(ids)
    expect(received.every(({ data }) => data.offline)).toBe(true)
    for (const device of devices) {
      const interrupted = await device.until("connection.interrupted")
      expect(interrupted).toMatchObject({ from: "CONNECTED", to: "RECONNECTING", data: { cause: "shutdown" } })
    }
    note(test, await first.row("gateway restarted"))
  })
})

describe("a slow network", () => {
  it("only delays messages: the order is kept, and none comes twice", async (test) => {
    network().fault({ kind: "latency", ms: 150, jitterMs: 150 })
    const texts = Array.from({ length: 10 }, (_, i) => `lento ${i}`)
    const answers = await Promise.all(texts.map((text) => first.send(text)))
    expect(answers.map(({ status }) => status)).toEqual(texts.map(() => 200))
    const ids: string[] = []
    for (const text of texts) ids.push(await network().contact(CONTACT).send(first.numero, { text }))
    await first.until("message.received", ids.length)
    const events = await first.events()
    const received = events.filter(({ type }) => type === "message.received").map(({ data }) => data.messageId)
    expect(received).toEqual(ids)
    const accepted = events.filter(({ type }) => type === "message.queued").map(({ data }) => data.content.text)
    const arrived = network()
      .contact(CONTACT)
      .inbox.flatMap(({ text }) => (text?.startsWith("lento") ? [text] : []))
    expect(arrived).toEqual(accepted)
    await first.settled()
    network().clearFaults()
    note(test, await first.row("every stanza late, with jitter"))
  })
})
