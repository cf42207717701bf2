import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { note, Scene, type Subject } from "./support/scene.ts"

vi.mock("@whiskeysockets/baileys", async (original) => (await import("./support/wiretap.ts")).tapped(await original()))

const QRS_PER_ROUND = 6
const ROUNDS = 3

let scene: Scene

beforeAll(async () => {
  scene = await Scene.start({ env: { WA_QR_MS: "200" } })
})
afterAll(() => scene[Symbol.asyncDispose]())

const network = () => scene.gateway.network
const scan = async (device: Subject, phone = device.numero) => {
  const { token, gateway } = scene
  await network()
    .phone(phone)
    .scanQr(await gateway.qr(token, device.numero))
}
const countOf = async (device: Subject, type: string) =>
  (await device.events()).filter((event) => event.type === type).length

describe("QRs that no phone scans (complaint 8)", () => {
  it("are followed by another round, whose QR links the device", async (test) => {
    const device = await scene.added()
    await device.post("start")
    expect((await device.until("connection.restarted")).data).toMatchObject({ code: 408, reason: "qr_round_ended" })
    await device.until("pairing.qr_issued", QRS_PER_ROUND + 1)
    const row = await device.row("QR refs of a round expire")
    await scan(device)
    await device.untilState("CONNECTED")
    note(test, row)
  })

  it("end after three rounds with pairing expired; nothing continues, and the user can start again", async (test) => {
    const device = await scene.added()
    await device.post("start")
    const expired = await device.until("pairing.expired")
    expect(expired).toMatchObject({ to: "NONE", data: { qrIssued: ROUNDS * QRS_PER_ROUND } })
    expect(await countOf(device, "connection.restarted")).toBe(ROUNDS - 1)
    const { connections } = network().stats()
    note(test, await device.row("no phone scans"))
    expect(network().stats().connections).toBe(connections)
    await device.post("start")
    await device.untilState("QR")
    await device.post("stop")
  })
})

describe("a link that is not allowed", () => {
  it("with another number is removed at WhatsApp, and the credentials are deleted", async (test) => {
    const stranger = network().addPhone(scene.newNumber())
    const device = await scene.added()
    await device.post("start")
    await scan(device, stranger.number)
    const { data } = await device.until("pairing.mismatched")
    expect(data).toEqual({ expected: device.numero, actual: stranger.number })
    expect(stranger.companions).toEqual([])
    expect(await device.device()).toMatchObject({ state: "ERROR", paired: false, jid: null })
    const { body } = await scene.gateway.get(`/api/status?numero=${device.numero}`, { token: scene.token })
    expect(body).toMatchObject({ reason: "El número vinculado no coincide", userAction: "relogin" })
    note(test, await device.row("another number scans", { linkedAs: stranger.number }))
  })

  it("with a wrong pairing code is not made", async (test) => {
    const device = await scene.added()
    const { numero } = device
    expect((await device.post("pairing-code", { number: numero })).status).toBe(201)
    await expect(network().phone(numero).enterCode("AAAAAAAA")).rejects.toThrow()
    expect(await device.device()).toMatchObject({ state: "QR", paired: false })
    const row = await device.row("wrong pairing code")
    await device.post("stop")
    note(test, row)
  })
})

describe("reset", () => {
  it("unlinks the device at WhatsApp, deletes the credentials and shows a QR again", async (test) => {
    const device = await scene.connected()
    const { status, body } = await device.post("reset")
    expect(body.paired).toBe(false)
    expect(network().phone(device.numero).companions).toEqual([])
    expect((await device.until("device.logged_out")).data).toEqual({ by: "user", unlinked: true })
    await device.untilState("QR")
    const row = await device.row("reset by the user", { client: [`reset ${status}`] })
    await scan(device)
    await device.untilState("CONNECTED")
    note(test, row)
  })
})

describe("a device that never connected", () => {
  it("is removed when it expires; a device that has connected is not", async (test) => {
    const kept = await scene.connected()
    const device = await scene.added()
    await scene.restartGateway({ DEVICE_EXPIRES_MS: "1" })
    const { data } = await device.until("device.expired")
    expect(data.ageMs).toBeGreaterThan(0)
    expect((await device.device()).state).toBe("removed")
    await kept.untilState("CONNECTED")
    note(test, await device.row("never connected, and expired"))
  })
})
