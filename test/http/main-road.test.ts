import { createHash } from "node:crypto"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const ECHO = "51999999999"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start()
  gateway.network.addContact(ECHO, { behaviour: "echo" })
  token = await gateway.user(ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

describe("the most common use", () => {
  it("a client adds a device, the phone scans its QR, and it is connected", async () => {
    await gateway.connect(token, ME)
    const { body } = await gateway.get(`/api/status?numero=${ME}`, { token })
    expect(body).toMatchObject({ ready: true, hasQr: false, state: "CONNECTED", numero: ME, disconnectedAt: null })
  })

  it("a text is acknowledged, delivered, read and answered, and each step is an event", async () => {
    const { status, body } = await gateway.post("/api/send-message", { number: ECHO, message: "Hola" }, { token })
    expect({ status, body }).toEqual({
      status: 200,
      body: { success: true, from: ME, to: ECHO, messageId: expect.any(String) }
    })
    const types = await until(async () => {
      const events = (await gateway.events(token, ME)).filter((event) => event.stream.startsWith("messages/"))
      return events.some((event) => event.type === "message.received") && events.map((event) => event.type)
    }, "the echo")
    expect(types).toEqual(
      expect.arrayContaining([
        "message.queued",
        "message.sent",
        "message.delivered",
        "message.read",
        "message.received"
      ])
    )
    expect(types.indexOf("message.queued")).toBeLessThan(types.indexOf("message.sent"))
    expect(types.indexOf("message.sent")).toBeLessThan(types.indexOf("message.delivered"))
    expect(types.indexOf("message.delivered")).toBeLessThan(types.indexOf("message.read"))
    expect(gateway.network.contact(ECHO).inbox).toMatchObject([{ id: body.messageId, type: "text", text: "Hola" }])
  })

  it("a PDF arrives with unchanged bytes", async () => {
    const pdf = Buffer.from(`%PDF-1.4 ${"factura ".repeat(5_000)}`)
    const { status, body } = await gateway.post(
      "/api/send-whatsap",
      {
        number: ECHO,
        mediatype: "document",
        media: pdf.toString("base64"),
        filename: "factura.pdf",
        caption: "Adjunto"
      },
      { token }
    )
    expect({ status, body }).toEqual({
      status: 200,
      body: { success: true, succes: true, from: ME, to: ECHO, filename: "factura.pdf", messageId: expect.any(String) }
    })
    const entry = await until(
      () => gateway.network.contact(ECHO).inbox.find((message) => message.id === body.messageId),
      "the document"
    )
    expect(entry).toMatchObject({
      filename: "factura.pdf",
      mimetype: "application/pdf",
      bytes: pdf.length,
      sha256: createHash("sha256").update(pdf).digest("hex")
    })
    await until(
      async () => (await gateway.events(token, ME)).filter((event) => event.type === "message.received").length === 2,
      "the echo of the document"
    )
  })
})
