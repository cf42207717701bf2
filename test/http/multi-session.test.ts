/** The Multi-Session dialect to the letter: every route, response and error of its contract. */
import { createHash } from "node:crypto"
import { readdirSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { type Answer, type CallOptions, OPERATOR_KEY } from "../support/gateway-client.ts"
import { Receiver } from "../support/receiver.ts"
import { jpeg, mp3, mp4, pdf, png, unknownBytes, voice } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const SESSION = "mi-sesion-01"
const MY_NUMBER = "5491123456780"
const CONTACT = "5491123456789"
const NOT_ON_WHATSAPP = "51900000000"
const USER = "51948907640"
const ACK_TIMEOUT_MS = 1_000
const ATTACHMENT_MAX = 100_000

const MESSAGE_ID = expect.stringMatching(/^3EB0[0-9A-F]+$/)
const TIME = expect.toSatisfy((at: unknown) => Number.isInteger(at) && Math.abs(Number(at) - Date.now()) < 60_000)
const SECONDS = expect.toSatisfy((at: unknown) => Math.abs(Number(at) - Date.now() / 1_000) < 60)
const PNG = /^data:image\/png;base64,iVBORw0KGgo/

let gateway: TestGateway
let user: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: {
      MAX_ATTACHMENT_SIZE: String(ATTACHMENT_MAX),
      SEND_ACK_TIMEOUT_MS: String(ACK_TIMEOUT_MS),
      WRONG_TOKENS_MAX: "10000",
      OUTBOUND_ALLOW: Receiver.allow,
      // No ping disturbs a network that is told to be silent.
      WA_KEEP_ALIVE_MS: "300000"
    },
    network: { prekeyCount: 100 }
  })
  gateway.network.addContact(CONTACT, { name: "Juan Pérez" })
  gateway.network.addPhone(MY_NUMBER)
  user = await gateway.user(USER)
  await gateway.connect(user, USER)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const asOperator = { operator: true } as const
const get = (path: string, options: CallOptions = asOperator) => gateway.get(path, options)
const post = (path: string, body?: unknown, options: CallOptions = asOperator) =>
  gateway.call("POST", path, { ...options, ...(body === undefined ? {} : { body }) })
const status = async (sessionId = SESSION) => (await get(`/api/status/${sessionId}`)).body

const sha256 = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")

/** Checks the status, and the body with its fields in this order. */
const exactly = (answer: Answer, code: number, body: object): void => {
  expect({ status: answer.status, body: answer.body }).toEqual({ status: code, body })
  expect(Object.keys(answer.body)).toEqual(Object.keys(body))
  expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8")
}

const refused = (answer: Answer, code: number, error: string, details: object = {}): void =>
  exactly(answer, code, { success: false, error, ...details })

const text = (more: object = {}) => ({ sessionId: SESSION, number: CONTACT, message: "¡Hola desde la API!", ...more })

describe("the life of a session", () => {
  it("one that was never started is 404 everywhere", async () => {
    for (const path of ["/api/qr/nada", "/api/status/nada"]) refused(await get(path), 404, "Session not found")
    refused(await post("/api/logout/nada"), 404, "Session not found")
    refused(await post("/api/send-message", text({ sessionId: "nada" })), 404, "Session not found")
    exactly(await get("/api/sessions"), 200, { success: true, sessions: [] })
  })

  it("starting it makes it: 201, and before WhatsApp answers there is no QR", async () => {
    gateway.network.fault({ kind: "mute" })
    exactly(await post("/api/start-session", { sessionId: SESSION }), 201, {
      success: true,
      sessionId: SESSION,
      state: "INIT"
    })
    refused(await get(`/api/qr/${SESSION}`), 404, "No QR code available", { state: "INIT" })
    gateway.network.clearFaults()
  })

  it("then it shows a QR: in JSON, as a picture, as a drawing and as text", async () => {
    const qr = await gateway.session(SESSION)
    exactly(await get(`/api/qr/${SESSION}`), 200, {
      success: true,
      sessionId: SESSION,
      qr: expect.stringMatching(PNG)
    })
    const form = async (query: string, headers: Record<string, string> = {}) => {
      const response = await fetch(`${gateway.url}/api/qr/${SESSION}${query}`, {
        headers: { "x-api-key": OPERATOR_KEY, ...headers }
      })
      return [response.headers.get("content-type"), Buffer.from(await response.arrayBuffer())] as const
    }
    const png = Buffer.from(qr.slice(qr.indexOf(",") + 1), "base64")
    expect(await form("?format=png")).toEqual(["image/png", png])
    expect(await form("", { accept: "image/png" })).toEqual(["image/png", png])
    expect((await form("?format=json", { accept: "image/png" }))[0]).toBe("application/json; charset=utf-8")
    expect((await form("", { accept: "application/json, text/plain, */*" }))[0]).toBe("application/json; charset=utf-8")
    const [svgType, svg] = await form("?format=svg")
    expect([svgType, svg.toString()]).toEqual(["image/svg+xml", expect.stringMatching(/^<svg /)])
    const [textType, said] = await form("?format=text")
    expect([textType, said.toString()]).toEqual(["text/plain; charset=utf-8", expect.stringMatching(/^2@|^https/)])
    refused(await get(`/api/qr/${SESSION}?format=gif`), 422, expect.stringContaining("format"))
  })

  it("starting it again returns 200 with its state, and disturbs nothing", async () => {
    exactly(await post("/api/start-session", { sessionId: SESSION }), 200, {
      success: true,
      sessionId: SESSION,
      state: "QR"
    })
  })

  it("before the scan it cannot send: 409 with its state", async () => {
    refused(await post("/api/send-message", text()), 409, "Session not ready", { state: "QR" })
  })

  it("after the scan it is CONNECTED and ready, with the phone's number", async () => {
    const { qr } = (await get(`/api/qr/${SESSION}`)).body
    await gateway.network.phone(MY_NUMBER).scanQr(qr)
    await gateway.untilSession(SESSION, "CONNECTED")
    exactly(await get(`/api/status/${SESSION}`), 200, {
      success: true,
      sessionId: SESSION,
      state: "CONNECTED",
      ready: true,
      number: MY_NUMBER,
      name: null,
      connectedAt: TIME,
      disconnectedAt: null
    })
    refused(await get(`/api/qr/${SESSION}`), 404, "No QR code available", { state: "CONNECTED" })
  })

  it("the list has the operator's sessions, and nothing of the users", async () => {
    await gateway.session("mi-sesion-02")
    await gateway.post("/v1/devices", { number: "51955555555" }, asOperator)
    const { success: _, ...first } = await status()
    const { success: __, ...second } = await status("mi-sesion-02")
    exactly(await get("/api/sessions"), 200, { success: true, sessions: [first, second] })
    expect(Object.keys((await get("/api/sessions")).body.sessions[0])).toEqual(Object.keys(first))
  })

  it("logging out ends the link at WhatsApp; the session stays, and starting it shows another QR", async () => {
    const phone = gateway.network.addPhone("5491123456781")
    await phone.scanQr(await gateway.session("mi-sesion-02"))
    await gateway.untilSession("mi-sesion-02", "CONNECTED")
    expect(phone.companions).toHaveLength(1)
    exactly(await post("/api/logout/mi-sesion-02"), 200, { success: true })
    expect(phone.companions).toEqual([])
    expect(await status("mi-sesion-02")).toMatchObject({ state: "NONE", ready: false, number: null })
    exactly(await post("/api/logout/mi-sesion-02", {}), 200, { success: true })
    const started = await post("/api/start-session", { sessionId: "mi-sesion-02" })
    expect([started.status, started.body.state]).toEqual([200, "INIT"])
    expect(await gateway.session("mi-sesion-02")).toMatch(PNG)
  })

  it("logging out while it shows a QR ends that", async () => {
    exactly(await post("/api/logout/mi-sesion-02"), 200, { success: true })
    expect(await status("mi-sesion-02")).toMatchObject({ state: "NONE" })
  })

  it("starting it with the same Idempotency-Key gives the same response", async () => {
    const start = (sessionId: string, key: string) =>
      post("/api/start-session", { sessionId }, { ...asOperator, headers: { "idempotency-key": key } })
    expect([(await start("clave", "a")).status, (await start("clave", "a")).status]).toEqual([201, 201])
    expect([(await start("clave", "b")).status, (await start("clave", "b")).status]).toEqual([200, 200])
    refused(await start("otra", "a"), 422, "Idempotency-Key was used for another request")
  })
})

describe("POST /api/send-message", () => {
  const inbox = (id: string) =>
    until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message")

  it("responds once WhatsApp has acknowledged the message, and the contact gets it unchanged", async () => {
    const message = "¡Hola! 👋🏽\nTu factura está lista: 10 % — «gracias»"
    const answer = await post("/api/send-message", text({ message }))
    exactly(answer, 200, { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS })
    expect(await inbox(answer.body.messageId)).toMatchObject({ from: MY_NUMBER, type: "text", text: message })
  })

  it.each([
    ["a JSON number", Number(CONTACT)],
    ["`from` of a received message", `${CONTACT}@c.us`]
  ])("number is %s", async (_, number) => {
    const answer = await post("/api/send-message", text({ number }))
    exactly(answer, 200, { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS })
  })

  it("fields that it does not know are ignored", async () => {
    expect((await post("/api/send-message", text({ apiKey: "x", type: "chat" }))).status).toBe(200)
  })

  it("a number that is not on WhatsApp: 422", async () => {
    const answer = await post("/api/send-message", text({ number: NOT_ON_WHATSAPP }))
    refused(answer, 422, `${NOT_ON_WHATSAPP} is not on WhatsApp`)
  })

  it("WhatsApp refuses it: 502 with the code", async () => {
    gateway.network.fault({ kind: "ack_error", code: 463, number: MY_NUMBER })
    refused(await post("/api/send-message", text()), 502, "WhatsApp refused the message", {
      code: "463",
      messageId: MESSAGE_ID
    })
    gateway.network.clearFaults()
  })

  it("[OUT-2] no acknowledgement in time: 504; the same request again is the same message", async () => {
    gateway.network.fault({ kind: "mute", number: MY_NUMBER })
    const body = text({ message: "una sola vez" })
    const late = await post("/api/send-message", body)
    refused(late, 504, "WhatsApp has not acknowledged the message yet", { messageId: MESSAGE_ID })
    const again = await post("/api/send-message", body)
    expect(again.body.messageId).toBe(late.body.messageId)
    gateway.network.clearFaults()
    gateway.network.fault({ kind: "terminate", number: MY_NUMBER })
    await until(async () => (await post("/api/send-message", body)).status === 200, "the acknowledgement")
    await gateway.untilSession(SESSION, "CONNECTED")
  })

  it("with an Idempotency-Key a repeat gives the same response", async () => {
    const send = (message: string) =>
      post("/api/send-message", text({ message }), { ...asOperator, headers: { "idempotency-key": "factura-1" } })
    const first = await send("factura 1")
    expect(first.status).toBe(200)
    expect((await send("factura 1")).body).toEqual(first.body)
    refused(await send("factura 2"), 422, "Idempotency-Key was used for another request")
  })
})

describe("POST /api/send-media", () => {
  const inbox = (id: string) =>
    until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message")
  const file = (bytes: Buffer, more: object = {}) => ({
    sessionId: SESSION,
    number: CONTACT,
    mediaBase64: bytes.toString("base64"),
    ...more
  })
  const media = (body: object) => post("/api/send-media", body)

  /** Sends a form as a browser would. */
  const form = async (fields: Readonly<Record<string, string>>, part?: { name: string; bytes: Buffer }) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.append(name, value)
    if (part) body.append("media", new Blob([Uint8Array.from(part.bytes)]), part.name)
    const url = `${gateway.url}/api/send-media`
    const response = await fetch(url, { method: "POST", headers: { "x-api-key": OPERATOR_KEY }, body })
    return { status: response.status, headers: response.headers, body: await response.json() } as Answer
  }

  it("a form with a file: the contact gets its bytes, its name and the caption", async () => {
    const fields = { sessionId: SESSION, number: CONTACT, caption: "Descripción del archivo 📎" }
    const answer = await form(fields, { name: "factura Nº 1.pdf", bytes: pdf })
    exactly(answer, 200, { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS })
    expect(await inbox(answer.body.messageId)).toMatchObject({
      from: MY_NUMBER,
      type: "document",
      text: "Descripción del archivo 📎",
      filename: "factura Nº 1.pdf",
      mimetype: "application/pdf",
      bytes: pdf.length,
      sha256: sha256(pdf)
    })
  })

  it("a form or JSON with mediaBase64, filename and mimetype", async () => {
    const given = { ...file(pdf), filename: "a.pdf", mimetype: "application/pdf", caption: "" }
    for (const answer of [await media(given), await form(given)]) {
      exactly(answer, 200, { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS })
      expect(await inbox(answer.body.messageId)).toMatchObject({ filename: "a.pdf", sha256: sha256(pdf) })
    }
  })

  it("a data URI", async () => {
    const { body } = await media({ ...file(pdf), mediaBase64: `data:image/png;base64,${png.toString("base64")}` })
    expect(await inbox(body.messageId)).toMatchObject({ type: "image", mimetype: "image/png", sha256: sha256(png) })
  })

  it.each([
    ["image", "image/jpeg", jpeg],
    ["image", "image/png", png],
    ["video", "video/mp4", mp4],
    ["audio", "audio/mpeg", mp3],
    ["audio", "audio/ogg; codecs=opus", voice],
    ["document", "application/pdf", pdf]
  ])("the content makes it %s (%s), whatever its name says", async (type, mimetype, bytes) => {
    const { body } = await media(file(bytes, { filename: "a.txt", mimetype: "text/plain" }))
    expect(await inbox(body.messageId)).toMatchObject({ type, mimetype, sha256: sha256(bytes) })
  })

  it("where the content does not tell the type, the name does, and then `mimetype`", async () => {
    const named = await media(file(unknownBytes, { filename: "datos.csv", mimetype: "text/plain" }))
    expect(await inbox(named.body.messageId)).toMatchObject({ type: "document", mimetype: "text/csv" })
    const typed = await media(file(unknownBytes, { mimetype: "text/plain" }))
    expect(await inbox(typed.body.messageId)).toMatchObject({ type: "document", mimetype: "text/plain" })
    const neither = await media(file(unknownBytes, { mimetype: "<script>" }))
    expect(await inbox(neither.body.messageId)).toMatchObject({ mimetype: "application/octet-stream" })
  })

  it("no file: 422", async () => {
    const error = "media, mediaUrl or mediaBase64 is required"
    for (const fields of [{}, { mediaUrl: "", mediaBase64: "" }]) {
      refused(await media({ sessionId: SESSION, number: CONTACT, ...fields }), 422, error)
      refused(await form({ sessionId: SESSION, number: CONTACT, ...fields }), 422, error)
    }
  })

  describe("with mediaUrl", () => {
    const asked: string[] = []
    const server = createServer(({ url = "" }, response) => {
      asked.push(url)
      if (url.startsWith("/foto.jpg")) response.setHeader("content-type", "image/png").end(jpeg)
      else if (url === "/datos") response.setHeader("content-type", "text/csv; charset=utf-8").end("a,b")
      else if (url === "/grande") response.end(Buffer.alloc(ATTACHMENT_MAX + 1))
      else if (url === "/adentro") response.writeHead(302, { location: "http://10.0.0.1/" }).end()
      else response.writeHead(404).end()
    })
    const at = (path: string) => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`
    const byUrl = (mediaUrl: unknown, more: object = {}) =>
      media({ sessionId: SESSION, number: CONTACT, mediaUrl, ...more })
    beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)))
    afterAll(() => void server.close())

    it("the file is fetched and sent, as JSON and as a form", async () => {
      const fields = { sessionId: SESSION, number: CONTACT, mediaUrl: at("/foto.jpg?v=1"), caption: "Foto" }
      for (const answer of [await media(fields), await form(fields)]) {
        exactly(answer, 200, { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS })
        expect(await inbox(answer.body.messageId)).toMatchObject({
          type: "image",
          mimetype: "image/jpeg",
          text: "Foto",
          sha256: sha256(jpeg)
        })
      }
    })

    it("its name is the URL's, and its type its server's where the content does not tell", async () => {
      const { body } = await byUrl(at("/datos"))
      expect(await inbox(body.messageId)).toMatchObject({ type: "document", filename: "datos", mimetype: "text/csv" })
      const named = await byUrl(at("/datos"), { filename: "b.txt" })
      expect(await inbox(named.body.messageId)).toMatchObject({ filename: "b.txt", mimetype: "text/plain" })
    })

    it("[SEC-3] a private address is refused, in the URL and in a redirect", async () => {
      const urls = [
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://169.254.169.254/latest",
        "http://10.0.0.1/",
        at("/adentro")
      ]
      for (const url of urls) {
        refused(await byUrl(url), 422, expect.stringMatching(/^mediaUrl: .*private address/))
      }
    })

    it("what is no URL, or gives no file: 422; what is too large: 413", async () => {
      for (const url of ["nada", "ftp://example.com/a", "file:///etc/passwd", at("/nada"), "http://127.0.0.1:1/"]) {
        refused(await byUrl(url), 422, expect.stringMatching(/^mediaUrl: /))
      }
      refused(await byUrl(at("/grande")), 413, "File too large")
    })

    it("nothing is fetched for a session that is not ready, or for a wrong request", async () => {
      asked.length = 0
      expect((await byUrl(at("/foto.jpg"), { sessionId: "clave" })).status).toBe(409)
      expect((await byUrl(at("/foto.jpg"), { number: "x" })).status).toBe(422)
      expect(asked).toEqual([])
    })

    it("a file that comes with the request is preferred", async () => {
      const { body } = await media(file(pdf, { mediaUrl: at("/foto.jpg") }))
      expect(await inbox(body.messageId)).toMatchObject({ sha256: sha256(pdf) })
      expect(asked).toEqual([])
    })
  })

  it("what is no base64, no form, no JSON: 422", async () => {
    refused(await media({ ...file(pdf), mediaBase64: "¡no!" }), 422, "mediaBase64 is not base64")
    refused(await media({ ...file(pdf), mediaBase64: {} }), 422, "mediaBase64 must be a text in base64")
    const raw = (type: string, body: string) =>
      gateway.call("POST", "/api/send-media", { operator: true, raw: body, headers: { "content-type": type } })
    refused(await raw("multipart/form-data; boundary=x", "nada"), 422, "The body is not a valid form")
    refused(await raw("multipart/form-data", "nada"), 422, "The body is not a valid form")
    refused(await raw("application/json", "{"), 422, "The body is not valid JSON")
    refused(await raw("application/x-www-form-urlencoded", "a=b"), 415, "Unsupported media type")
  })

  it("wrong fields: 422 that names them", async () => {
    refused(await media(file(pdf, { sessionId: "a b" })), 422, expect.stringMatching(/^sessionId must/))
    refused(await form({ sessionId: SESSION }, { name: "a", bytes: pdf }), 422, "number is required")
    const answer = await media(file(pdf, { caption: "x".repeat(65_537) }))
    refused(answer, 422, "caption has more than 65536 characters")
  })

  it("a file over MAX_ATTACHMENT_SIZE: 413, and nothing is left behind", async () => {
    const kept = () => readdirSync(join(gateway.directory, "media")).toSorted()
    const before = kept()
    const large = Buffer.alloc(ATTACHMENT_MAX + 1)
    const fields = { sessionId: SESSION, number: CONTACT }
    refused(await media(file(large)), 413, "File too large")
    refused(await form(fields, { name: "a", bytes: large }), 413, "File too large")
    refused(await form(fields, { name: "a", bytes: Buffer.alloc(10 * ATTACHMENT_MAX) }), 413, "File too large")
    expect(kept()).toEqual(before)
  })

  it("an unknown session: 404; one that is not ready: 409", async () => {
    refused(await media(file(pdf, { sessionId: "nada" })), 404, "Session not found")
    refused(await media(file(pdf, { sessionId: "clave" })), 409, "Session not ready", {
      state: (await status("clave")).state
    })
  })

  it("no key: 401 before the file is read", async () => {
    const raw = `{"mediaBase64":"${"A".repeat(ATTACHMENT_MAX)}`
    refused(await gateway.call("POST", "/api/send-media", { raw }), 401, "API key required")
  })
})

describe("GET /api/messages/{sessionId}", () => {
  const list = async (query = "") => (await get(`/api/messages/${SESSION}${query}`)).body.messages
  const bodies = async (query = "") => (await list(query)).map(({ body }: { body: string }) => body)
  const contact = () => gateway.network.contact(CONTACT)
  const arrived = (id: string) =>
    until(async () => (await list()).some((message: { id: string }) => message.id === id), `the message ${id}`)
  /** From the contact to the session. */
  const receive = async (content: { text: string } | { media: Buffer; mimetype: string; filename: string }) => {
    const id = await contact().send(MY_NUMBER, content)
    await arrived(id)
    return id
  }

  it("has what others wrote, the newest first, in the form of the webhook", async () => {
    const before = (await list()).length
    const first = await receive({ text: "Hola" })
    const second = await receive({ media: pdf, mimetype: "application/pdf", filename: "pedido.pdf" })
    const answer = await get(`/api/messages/${SESSION}`)
    const common = { sessionId: SESSION, from: `${CONTACT}@c.us` }
    const writer = { name: "Juan Pérez", number: CONTACT }
    const media = { mimetype: "application/pdf", url: `/v1/messages/${second}/media`, filename: "pedido.pdf" }
    const newest = { id: second, ...common, body: "", type: "document", timestamp: SECONDS, contact: writer, media }
    const next = { id: first, ...common, body: "Hola", type: "chat", timestamp: SECONDS, contact: writer }
    exactly(answer, 200, { success: true, messages: expect.any(Array) })
    expect(answer.body.messages.slice(0, 2)).toEqual([newest, next])
    expect(answer.body.messages.slice(0, 2).map(Object.keys)).toEqual([Object.keys(newest), Object.keys(next)])
    expect(answer.body.messages).toHaveLength(before + 2)
    const response = await fetch(gateway.url + media.url, { headers: { "x-api-key": OPERATOR_KEY } })
    expect(Buffer.from(await response.arrayBuffer())).toEqual(pdf)
  })

  it("what the session sent is not in it", async () => {
    const { body } = await post("/api/send-message", text({ message: "de aquí" }))
    await until(() => contact().inbox.find(({ id }) => id === body.messageId), "the message")
    expect(await bodies()).not.toContain("de aquí")
  })

  it("pages by `limit` and `before`, which is an id or a time", async () => {
    const texts = ["uno", "dos", "tres", "cuatro"]
    for (const each of texts) await receive({ text: each })
    const newest = texts.toReversed()
    expect(await bodies("?limit=2")).toEqual(newest.slice(0, 2))
    const [, second] = await list("?limit=2")
    expect(await bodies(`?limit=2&before=${second.id}`)).toEqual(newest.slice(2))
    const tomorrow = Math.floor(Date.now() / 1_000) + 86_400
    expect(await bodies(`?limit=4&before=${tomorrow}`)).toEqual(newest)
    expect(await bodies(`?before=${tomorrow - 2 * 86_400}`)).toEqual([])
    refused(await get(`/api/messages/${SESSION}?before=nada`), 422, "before: there is no received message nada")
  })

  it("with `chat` only those of a chat", async () => {
    const other = gateway.network.addContact("5491123456788")
    await arrived(await other.send(MY_NUMBER, { text: "otro" }))
    for (const chat of ["5491123456788", "5491123456788@c.us"]) expect(await bodies(`?chat=${chat}`)).toEqual(["otro"])
    expect(await bodies(`?chat=${CONTACT}&limit=1`)).toEqual(["cuatro"])
    const [first] = await list(`?chat=${CONTACT}&limit=1`)
    expect(await bodies(`?chat=${CONTACT}&limit=1&before=${first.id}`)).toEqual(["tres"])
    expect(await bodies("?chat=51900000000")).toEqual([])
    expect(await bodies("?chat=%00")).toEqual([])
  })

  it("a deleted message is `revoked`, an edited one says what it says now", async () => {
    const edited = await receive({ text: "antes" })
    await contact().send(MY_NUMBER, { text: "después", edit: edited })
    await until(async () => (await bodies()).includes("después"), "the edit")
    const deleted = await receive({ text: "adiós" })
    await contact().send(MY_NUMBER, { revoke: deleted })
    const look = async () => (await list("?limit=1"))[0]
    await until(async () => (await look()).type === "revoked", "the deletion")
    expect(await look()).toMatchObject({ id: deleted, body: "", type: "revoked" })
  })

  it.each(["0", "501", "x", "1.5", "-1"])("limit=%s: 422", async (limit) => {
    refused(await get(`/api/messages/${SESSION}?limit=${limit}`), 422, expect.stringMatching(/^limit /))
  })

  it("an unknown session: 404; one without messages: none", async () => {
    refused(await get("/api/messages/nada"), 404, "Session not found")
    exactly(await get("/api/messages/clave"), 200, { success: true, messages: [] })
  })
})

describe("/webhook/config", () => {
  const path = "/webhook/config"
  const shown = async () => (await get(path)).body

  it("is set, shown, replaced, kept over a restart, and removed", async () => {
    exactly(await get(path), 200, { success: true, webhookUrl: null })
    for (const webhookUrl of ["https://otro.example/", "https://tu-servidor.example/webhook"]) {
      exactly(await post(path, { webhookUrl }), 200, { success: true, webhookUrl })
      exactly(await get(path), 200, { success: true, webhookUrl })
    }
    await gateway.restart()
    await gateway.untilSession(SESSION, "CONNECTED")
    expect(await shown()).toMatchObject({ webhookUrl: "https://tu-servidor.example/webhook" })
    exactly(await gateway.call("DELETE", path, asOperator), 200, { success: true })
    exactly(await gateway.call("DELETE", path, asOperator), 200, { success: true })
    expect(await shown()).toEqual({ success: true, webhookUrl: null })
  })

  it("[SEC-3] a private address, or no URL: 422", async () => {
    for (const webhookUrl of ["http://127.0.0.2/", "http://169.254.169.254/", "nada", "ftp://example.com/"]) {
      refused(await post(path, { webhookUrl }), 422, expect.stringMatching(/^webhookUrl /))
    }
    refused(await post(path, {}), 422, "webhookUrl is required")
    expect(await shown()).toEqual({ success: true, webhookUrl: null })
  })

  it("received messages are posted to it, in the form of the list", async () => {
    await using receiver = await Receiver.start()
    await post(path, { webhookUrl: receiver.url("/webhook") })
    const id = await gateway.network.contact(CONTACT).send(MY_NUMBER, { text: "al webhook" })
    await receiver.until(1)
    const [told] = receiver.got
    const { body, path: at } = told ?? { body: {}, path: "" }
    expect([at, body.id, told?.headers["webhook-signature"]]).toEqual(["/webhook", id, expect.stringMatching(/^v1,/)])
    const { messages } = (await get(`/api/messages/${SESSION}?limit=1`)).body
    expect([messages[0], Object.keys(messages[0])]).toEqual([body, Object.keys(body)])
    await gateway.call("DELETE", path, asOperator)
  })
})

describe("wrong input: 422 that names the field", () => {
  const NAME = "must have 1 to 64 letters, digits, underscores or hyphens"
  const NUMBER = "must be 8 to 15 digits with country code, without plus"

  it.each(["con espacio", "a/b", "ñandú", "x".repeat(65), "x".repeat(300), "a.b", "%"])(
    "a session named %s",
    async (sessionId) => {
      const inPath = encodeURIComponent(sessionId)
      for (const path of ["qr", "status"]) {
        expect(await get(`/api/${path}/${inPath}`)).toMatchObject({ status: 422, body: { success: false } })
      }
      expect(await post(`/api/logout/${inPath}`)).toMatchObject({ status: 422, body: { success: false } })
      refused(await post("/api/start-session", { sessionId }), 422, `sessionId ${NAME}`)
      refused(await post("/api/send-message", text({ sessionId })), 422, `sessionId ${NAME}`)
    }
  )

  it.each(["sessionId", "number", "message"])("a message without %s", async (field) => {
    for (const value of [undefined, null, ""]) {
      refused(await post("/api/send-message", text({ [field]: value })), 422, `${field} is required`)
    }
    for (const value of [[], {}, true]) {
      const { status: code, body } = await post("/api/send-message", text({ [field]: value }))
      expect([code, body.error]).toEqual([422, expect.stringMatching(new RegExp(`^${field} `))])
    }
  })

  it.each(["+5491123456789", "54 911 2345", "1234567", "1234567890123456", "hola", "5491123456789@example.com"])(
    "the number %s",
    async (number) => {
      refused(await post("/api/send-message", text({ number })), 422, `number ${NUMBER}`)
    }
  )

  it("a message that is too long", async () => {
    const answer = await post("/api/send-message", text({ message: "x".repeat(65_537) }))
    refused(answer, 422, "message has more than 65536 characters")
  })

  it("JSON that is broken, or that is no object", async () => {
    for (const raw of ['{"sessionId":', "[", "nada"]) {
      refused(
        await gateway.call("POST", "/api/start-session", { operator: true, raw }),
        422,
        "The body is not valid JSON"
      )
    }
    for (const raw of ["[]", "1", '"x"', "null", ""]) {
      refused(await gateway.call("POST", "/api/start-session", { operator: true, raw }), 422, "sessionId is required")
    }
  })
})

describe("the other errors", () => {
  it("a body of another type: 415", async () => {
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]) {
      const options = { operator: true, raw: "sessionId=x", headers: { "content-type": type } }
      refused(await gateway.call("POST", "/api/start-session", options), 415, "Unsupported media type")
    }
  })

  it("a body that is too large: 413", async () => {
    refused(await post("/api/start-session", { sessionId: SESSION, more: "x".repeat(20_000) }), 413, "File too large")
  })

  it.each([
    ["POST", "/api/start-session"],
    ["GET", `/api/qr/${SESSION}`],
    ["GET", `/api/status/${SESSION}`],
    ["GET", "/api/sessions"],
    ["POST", `/api/logout/${SESSION}`],
    ["POST", "/api/send-media"],
    ["GET", `/api/messages/${SESSION}`],
    ["POST", "/webhook/config"],
    ["GET", "/webhook/config"],
    ["DELETE", "/webhook/config"]
  ])("%s %s without a key, or with a wrong one: 401", async (method, path) => {
    refused(await gateway.call(method, path), 401, "API key required")
    for (const key of ["whatsapp-api-key-2024", OPERATOR_KEY.toUpperCase(), `${OPERATOR_KEY}x`]) {
      refused(await gateway.call(method, path, { headers: { "x-api-key": key } }), 401, "Invalid API key")
    }
    refused(await gateway.call(method, path, { token: user }), 401, "Invalid API key")
  })

  it("a path without a route: 404", async () => {
    refused(await get("/api/sessions/x"), 404, "Route not found")
    refused(await post("/info"), 404, "Route not found")
  })

  it("too many requests: 429 with Retry-After", async () => {
    await using small = await TestGateway.start({ env: { RATE_LIMIT_MAX: "3" } })
    const answers = []
    for (let n = 0; n < 5; n++) answers.push(await small.get("/api/sessions", asOperator))
    const last = answers.at(-1)
    if (last === undefined) throw new Error("no answer")
    refused(last, 429, "Too many requests")
    expect(Number(last.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
  })

  it("too many wrong keys: 429 with Retry-After", async () => {
    await using small = await TestGateway.start({ env: { WRONG_TOKENS_MAX: "2" } })
    const guess = () => small.get("/api/sessions", { headers: { "x-api-key": "guess" } })
    const answers = [await guess(), await guess(), await guess()]
    expect(answers.map((answer) => answer.status)).toEqual([401, 401, 429])
    expect(Number(answers[2]?.headers.get("retry-after"))).toBeGreaterThanOrEqual(1)
  })
})

describe("POST /api/send-message belongs to two dialects", () => {
  const both = { sessionId: SESSION, number: CONTACT, message: "x", fromNumber: USER }
  const ofSessions = { success: true, messageId: MESSAGE_ID, to: CONTACT, timestamp: SECONDS }
  const ofUsers = { success: true, from: USER, to: CONTACT, messageId: MESSAGE_ID }

  it("X-API-Key: this one; a Bearer token: WHATSAPP25", async () => {
    exactly(await post("/api/send-message", both), 200, ofSessions)
    exactly(await post("/api/send-message", both, { token: user }), 200, ofUsers)
  })

  it("with both, the body decides", async () => {
    const credentials = { token: user, operator: true }
    exactly(await post("/api/send-message", both, credentials), 200, ofSessions)
    exactly(await post("/api/send-message", { number: CONTACT, message: "x" }, credentials), 200, ofUsers)
  })

  it("with neither: 401 that both understand, before the body is read", async () => {
    for (const body of [both, {}, undefined]) {
      refused(await post("/api/send-message", body, {}), 401, "Token requerido")
    }
  })

  it("a wrong key is refused in this dialect's words, a wrong token in those of WHATSAPP25", async () => {
    refused(await post("/api/send-message", both, { headers: { "x-api-key": "guess" } }), 401, "Invalid API key")
    exactly(await post("/api/send-message", both, { token: "guess" }), 401, { error: "Token inválido" })
  })
})

describe("routes without a key", () => {
  const count = expect.toSatisfy(Number.isInteger)

  it("GET /info: name, version, uptime and sessions by state, without names", async () => {
    const { body: listed } = await get("/api/sessions")
    const inState = (state: string) => listed.sessions.filter((each: { state: string }) => each.state === state).length
    exactly(await gateway.get("/info"), 200, {
      success: true,
      name: "Bitácora",
      version: "0.0.0-test",
      uptime: count,
      sessions: {
        NONE: inState("NONE"),
        INIT: count,
        QR: count,
        LOADING: 0,
        CONNECTED: 1,
        RECONNECTING: 0,
        ERROR: 0
      }
    })
  })

  it("GET /api/health has the same beside what WHATSAPP25 has", async () => {
    const { name, version, sessions } = (await gateway.get("/info")).body
    const { body } = await gateway.get("/api/health")
    expect(body).toMatchObject({ ok: true, success: true, status: "ok", name, version, sessions })
    expect(JSON.stringify(body)).not.toContain(SESSION)
  })

  it("GET /: a page that says what this is, and where the documents are", async () => {
    const { status: code, body, headers } = await gateway.get("/")
    expect([code, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
    for (const place of ["/docs", "/openapi.json", "docs/MULTI-SESSION.md"]) expect(body).toContain(place)
    expect(headers.get("content-security-policy")).toContain("default-src 'none'")
  })
})

describe("a token of the operator", () => {
  const token = async (body: object): Promise<string> => {
    const { body: made } = await gateway.post("/v1/tokens", { name: "panel", ...body }, asOperator)
    return made.token
  }

  it("is as good as the key within its scopes", async () => {
    const reader = { token: await token({ scopes: ["read"] }) }
    expect((await get(`/api/status/${SESSION}`, reader)).status).toBe(200)
    refused(await post("/api/start-session", { sessionId: "otra" }, reader), 401, "API key without permission")
  })

  it("for certain devices reaches those sessions only", async () => {
    const { items } = (await gateway.get("/v1/devices", asOperator)).body
    const { id } = items.find(({ sessionId }: { sessionId: string }) => sessionId === "mi-sesion-02")
    const limited = { token: await token({ scopes: ["read", "manage"], devices: [id] }) }
    const { sessions } = (await get("/api/sessions", limited)).body
    expect(sessions).toMatchObject([{ sessionId: "mi-sesion-02" }])
    refused(await get(`/api/status/${SESSION}`, limited), 404, "Session not found")
    refused(await post("/api/start-session", { sessionId: "otra" }, limited), 401, "API key without permission")
  })
})
