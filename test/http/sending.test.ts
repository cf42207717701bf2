/** POST /v1/devices/:id/messages: every kind of message, stored before the response, and its delivery status. */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { Answer } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { jpeg, mp3, mp4, pdf, png, unknownBytes, voice, webp } from "../support/sample-files.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const FILE_MAX = 1_000_000

let gateway: TestGateway
let me: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { MAX_ATTACHMENT_SIZE: String(FILE_MAX), RETRY_FIRST_MS: "50" },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { behaviour: "echo" })
  me = await gateway.user(ME)
  await gateway.connect(me, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const send = (body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  gateway.post(`/v1/devices/${ME}/messages`, body, { token: me, headers })
const statusOf = async (id: string) => (await gateway.get(`/v1/messages/${id}`, { token: me })).body
const inbox = (id: string) =>
  until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message")
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const queued = async (id: string) =>
  (await gateway.events(me, ME)).find(({ type, data }) => type === "message.queued" && data.messageId === id)

describe("a text", () => {
  it("[OUT-1] is in the log at the time of the 202, and arrives at its recipient", async () => {
    gateway.network.fault({ kind: "latency", ms: 100, number: ME })
    const answer = await send({ to: CONTACT, text: "Hola 👋" })
    expect(answer).toMatchObject({ status: 202, body: { fromMe: true, kind: "text", status: "queued" } })
    expect(answer.headers.get("location")).toBe(`/v1/messages/${answer.body.id}`)
    expect(answer.headers.get("preference-applied")).toBeNull()
    expect(await queued(answer.body.id)).toMatchObject({ data: { number: CONTACT, content: { text: "Hola 👋" } } })
    gateway.network.clearFaults()
    expect(await inbox(answer.body.id)).toMatchObject({ type: "text", text: "Hola 👋" })
    await until(async () => (await statusOf(answer.body.id)).status === "read", "the receipts")
  })

  it("is acknowledged before the response if the client prefers to wait", async () => {
    const answer = await send({ to: CONTACT, text: "espero" }, { prefer: "respond-async, wait=10" })
    expect(answer).toMatchObject({ status: 200, body: { sentAt: expect.any(String) } })
    expect(answer.headers.get("preference-applied")).toBe("wait=10")
  })

  it("that WhatsApp refuses while the client waits is 200: its delivery status is final", async () => {
    gateway.network.fault({ kind: "ack_error", code: 463, number: ME })
    const answer = await send({ to: CONTACT, text: "no" }, { prefer: "wait=10" })
    expect(answer).toMatchObject({ status: 200, body: { status: "failed", failure: { code: "463" } } })
  })

  it("is 202 if WhatsApp does not acknowledge it while the client waits", async () => {
    gateway.network.fault({ kind: "latency", ms: 3_000, number: ME })
    const answer = await send({ to: CONTACT, text: "luego" }, { prefer: "wait=1" })
    expect(answer).toMatchObject({ status: 202, body: { status: "queued" } })
    gateway.network.clearFaults()
    await inbox(answer.body.id)
  })
})

describe("a recipient", () => {
  it("is a person by number, by the jid of the number, or by the LID", async () => {
    const { lid } = gateway.network.contact(CONTACT)
    for (const to of [CONTACT, `${CONTACT}@s.whatsapp.net`, lid]) {
      const { status, body } = await send({ to, text: `to ${to}` })
      expect(status).toBe(202)
      expect(await inbox(body.id)).toMatchObject({ text: `to ${to}` })
    }
    const byLid = await queued((await send({ to: lid, text: "no number" })).body.id)
    expect(byLid).toMatchObject({ data: { number: null, chat: lid } })
  })

  it("is a group by its jid", async () => {
    const group = gateway.network.contact(CONTACT).createGroup("Pedidos", [ME])
    const { status, body } = await send({ to: group, text: "a todos" })
    expect([status, body.chat]).toEqual([202, group])
    expect(await inbox(body.id)).toMatchObject({ text: "a todos" })
  })

  it.each(["hola", "51999999999@example.com", "+51999999999", ""])(
    "is refused when it is %j, which names no chat",
    async (to) => {
      expect(await send({ to, text: "x" })).toMatchObject({
        status: 400,
        body: { code: "invalid-request", field: "to" }
      })
    }
  )
})

describe("a file", () => {
  it.each([
    ["document", pdf, { filename: "factura.pdf" }, "application/pdf"],
    ["document", unknownBytes, { filename: "datos.csv", kind: "document" }, "text/csv"],
    ["document", unknownBytes, {}, "application/octet-stream"],
    ["image", png, { caption: "¡Mira!" }, "image/png"],
    ["image", jpeg, {}, "image/jpeg"],
    ["document", png, { kind: "document", filename: "plano" }, "image/png"],
    ["video", mp4, { caption: "clip" }, "video/mp4"],
    ["audio", mp3, {}, "audio/mpeg"],
    ["audio", voice, {}, "audio/ogg; codecs=opus"],
    ["document", webp, {}, "image/webp"],
    ["sticker", webp, { kind: "sticker" }, "image/webp"]
  ])("is sent as %s, byte for byte, with the type of its content", async (kind, bytes, fields, mimetype) => {
    const answer = await send({ to: CONTACT, media: bytes.toString("base64"), ...fields })
    expect(answer).toMatchObject({ status: 202, body: { kind } })
    const entry = await inbox(answer.body.id)
    expect(entry).toMatchObject({ type: kind, mimetype, bytes: bytes.length, sha256: sha256(bytes) })
    if ("caption" in fields) expect(entry.text).toBe(fields.caption)
  })

  it("[OUT-1] is in the media folder under its hash at the time of the 202", async () => {
    const bytes = Buffer.from(`una sola vez ${"x".repeat(10_000)}`)
    const folder = join(gateway.directory, "media")
    const answer = await send({ to: CONTACT, media: bytes.toString("base64"), filename: "a.txt" })
    expect(answer.status).toBe(202)
    expect(sha256(readFileSync(join(folder, sha256(bytes))))).toBe(sha256(bytes))
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([])
  })

  it("in Ogg with Opus is a voice note, unless the client says otherwise", async () => {
    const media = voice.toString("base64")
    const note = await queued((await send({ to: CONTACT, media })).body.id)
    expect(note?.data.content.voiceNote).toBe(true)
    const music = await queued((await send({ to: CONTACT, media, voiceNote: false })).body.id)
    expect(music?.data.content.voiceNote).toBeUndefined()
  })

  it("whose upload breaks off leaves nothing behind", async () => {
    const folder = join(gateway.directory, "media")
    const { hostname, port } = new URL(gateway.url)
    const socket = connect(Number(port), hostname)
    const head = `POST /v1/devices/${ME}/messages HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${me}\r\n`
    socket.write(`${head}content-type: application/json\r\ncontent-length: 100000\r\n\r\n{"to":"${CONTACT}","media":"`)
    socket.write("QUJD".repeat(2_000))
    const partial = () => readdirSync(folder).some((name) => name.endsWith(".part"))
    await until(partial, "the file to come")
    socket.destroy()
    await until(() => !partial(), "the file to go")
  })

  it("that cannot be sent now is not kept", async () => {
    const bytes = Buffer.from("ahora no")
    const { body } = await gateway.post("/v1/devices", { sessionId: "sin-vincular" }, { token: me })
    const message = { to: CONTACT, media: bytes.toString("base64") }
    expect((await gateway.post(`/v1/devices/${body.id}/messages`, message, { token: me })).status).toBe(409)
    expect(existsSync(join(gateway.directory, "media", sha256(bytes)))).toBe(false)
  })

  it("that is not accepted leaves nothing behind", async () => {
    const folder = join(gateway.directory, "media")
    const before = readdirSync(folder)
    const media = Buffer.from("no llega").toString("base64")
    expect((await send({ to: "12", media })).status).toBe(400)
    expect((await send({ to: "51900000000", media })).status).toBe(422)
    expect((await send({ to: CONTACT, media: Buffer.alloc(FILE_MAX + 1).toString("base64") })).status).toBe(413)
    await until(
      () => readdirSync(folder).every((name) => before.includes(name) || name.length === 64),
      "no partial file"
    )
    expect(readdirSync(folder).filter((name) => name.endsWith(".part"))).toEqual([])
  })
})

describe("what cannot be sent:", () => {
  const media = pdf.toString("base64")

  it.each([
    [{ to: CONTACT }, 400, { code: "invalid-request", field: "text" }],
    [{ text: "Hola" }, 400, { code: "invalid-request", field: "to" }],
    [{ to: 51999999999, text: "Hola" }, 400, { code: "invalid-request", field: "to" }],
    [{ to: "+51 999 999 999", text: "Hola" }, 400, { code: "invalid-request", field: "to" }],
    [{ to: CONTACT, text: "" }, 400, { code: "invalid-request", field: "text" }],
    [{ to: CONTACT, text: "x".repeat(65_537) }, 400, { code: "invalid-request", field: "text" }],
    [{ to: CONTACT, text: "Hola", color: "red" }, 400, { code: "invalid-request", field: "color" }],
    [{ to: CONTACT, text: "Hola", media }, 400, { code: "invalid-request", field: "text" }],
    [{ to: CONTACT, media: "ñ" }, 400, { code: "invalid-request", field: "media" }],
    [{ to: CONTACT, media, kind: "image" }, 400, { code: "invalid-request", field: "kind" }],
    [{ to: CONTACT, media, kind: "gif" }, 400, { code: "invalid-request", field: "kind" }],
    [{ to: CONTACT, media, voiceNote: true }, 400, { code: "invalid-request", field: "voiceNote" }],
    [{ to: CONTACT, media, filename: "" }, 400, { code: "invalid-request", field: "filename" }],
    [{ to: CONTACT, media, filename: "x".repeat(256) }, 400, { code: "invalid-request", field: "filename" }],
    [{ to: "51900000000", text: "Hola" }, 422, { code: "not-on-whatsapp", number: "51900000000" }]
  ])("%o", async (body, status, problem) => {
    expect(await send(body)).toMatchObject({ status, body: { status, ...problem } })
  })

  it("a file over MAX_ATTACHMENT_SIZE is 413 with the limit", async () => {
    const large = Buffer.alloc(FILE_MAX + 1).toString("base64")
    expect(await send({ to: CONTACT, media: large })).toMatchObject({ status: 413, body: { bytesMax: FILE_MAX } })
  })

  it("a message while the device is not connected is 409 with its state", async () => {
    await gateway.post(`/v1/devices/${ME}/stop`, {}, { token: me })
    expect(await send({ to: CONTACT, text: "Hola" })).toMatchObject({ status: 409, body: { code: "device-not-ready" } })
    await gateway.post(`/v1/devices/${ME}/start`, {}, { token: me })
    await gateway.untilState(me, ME, "CONNECTED")
  })
})
