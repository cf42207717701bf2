/** Bodies, names and files in the forms in which clients really send them. */
import { readdirSync, readFileSync } from "node:fs"
import { create as contentDisposition } from "content-disposition"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import type { Answer } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { jpeg, mp4, png, unknownBytes, voice, webp } from "../support/sample-files.ts"

const ME = "51911000071"
const CONTACT = "51922000071"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ network: { prekeyCount: 50 } })
  token = await gateway.user(ME)
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  await gateway.connect(token, ME)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const received = (id: string) =>
  until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), `${id} in the inbox`)

/** Sends these bytes as the body. */
const post = async (
  path: string,
  body: Uint8Array,
  contentType: string | null = "application/json"
): Promise<Omit<Answer, "headers">> => {
  const answer = await fetch(gateway.url + path, {
    method: "POST",
    headers: {
      authorization: `Bearer ${token}`,
      ...(contentType === null ? {} : { "content-type": contentType })
    },
    body: new Uint8Array(body)
  })
  return { status: answer.status, body: await answer.json() }
}

const WORDS = "Señor Muñoz, factura Nº 5"
const BOM = Buffer.from([0xef, 0xbb, 0xbf])
const file = { mediatype: "document", media: "QUJD", filename: "Nº 5.txt", caption: WORDS }

/** Each place that takes a text, with the text in it. */
const places: readonly (readonly [path: string, body: object])[] = [
  ["/api/send-message", { number: CONTACT, message: WORDS }],
  ["/api/send-whatsap", { number: CONTACT, ...file }],
  [`/v1/devices/${ME}/messages`, { to: CONTACT, text: WORDS }]
]

describe.each(places)("%s", (path, body) => {
  const isV1 = path.startsWith("/v1/")

  it("refuses bytes that are not UTF-8: replaced, they would reach a person as other words", async () => {
    const answer = await post(path, Buffer.from(JSON.stringify(body), "latin1"))
    expect(answer.status).toBe(400)
    expect(answer.body).toMatchObject(isV1 ? { code: "invalid-json" } : { error: "JSON inválido" })
  })

  it.each<[string, BufferEncoding]>([
    ["iso-8859-1", "latin1"],
    ["ISO-8859-1", "latin1"],
    ['"utf-16le"', "utf16le"],
    ["utf-8", "utf8"]
  ])("reads the charset that the client names: %s", async (charset, encoding) => {
    const answer = await post(path, Buffer.from(JSON.stringify(body), encoding), `application/json; charset=${charset}`)
    expect([200, 202]).toContain(answer.status)
    expect((await received(answer.body.messageId ?? answer.body.id)).text).toBe(WORDS)
  })

  it("refuses a charset that it does not know", async () => {
    expect((await post(path, Buffer.from(JSON.stringify(body)), "application/json; charset=klingon")).status).toBe(400)
  })

  it("is JSON without a content type, and with one in other letters", async () => {
    for (const contentType of [undefined, "Application/JSON; Charset=UTF-8"]) {
      const answer = await post(path, Buffer.from(JSON.stringify(body)), contentType ?? null)
      expect([200, 202]).toContain(answer.status)
    }
  })

  it("is not a form", async () => {
    // In /v1 a multipart form is another way to send a file (forms.test.ts).
    const forms = isV1 ? [] : ["multipart/form-data; boundary=x"]
    for (const type of ["application/x-www-form-urlencoded", ...forms, "text/plain"]) {
      const answer = await post(path, Buffer.from(JSON.stringify(body)), type)
      expect(answer).toMatchObject(
        isV1
          ? { status: 415, body: { code: "unsupported-media-type" } }
          : { status: 400, body: { error: "Se espera application/json" } }
      )
    }
  })

  it("skips a byte order mark", async () => {
    const answer = await post(path, Buffer.concat([BOM, Buffer.from(JSON.stringify(body))]))
    expect([200, 202]).toContain(answer.status)
    expect((await received(answer.body.messageId ?? answer.body.id)).text).toBe(WORDS)
  })
})

describe("a number where a text is asked for, as PHP's JSON_NUMERIC_CHECK writes it,", () => {
  it("is taken as its text, in every field", async () => {
    const raw = `{"number":${CONTACT},"mediatype":"document","media":"QUJD","filename":2026,"caption":482913}`
    const answer = await post("/api/send-whatsap", Buffer.from(raw))
    expect(answer).toMatchObject({ status: 200, body: { filename: "2026" } })
    expect(await received(answer.body.messageId)).toMatchObject({ text: "482913", filename: "2026" })
    const text = await post("/api/send-message", Buffer.from(`{"number":${CONTACT},"message":482913}`))
    expect((await received(text.body.messageId)).text).toBe("482913")
  })

  it("keeps the digits that a double cannot hold", async () => {
    const account = "932180000118359719"
    const raw = `{"number":${CONTACT}.0,"mediatype":"document","media":"QUJD","filename":"a.txt","caption":${account}}`
    const file = await post("/api/send-whatsap", Buffer.from(raw))
    expect((await received(file.body.messageId)).text).toBe(account)
    const text = await post("/api/send-message", Buffer.from(`{"number":${CONTACT}.0,"message":${account}}`))
    expect((await received(text.body.messageId)).text).toBe(account)
  })
})

describe("the name of a file", () => {
  const nameOf = async (filename: string) => {
    const { body } = await gateway.post("/api/send-whatsap", { number: CONTACT, ...file, filename }, { token })
    const arrived = await received(body.messageId)
    expect(body.filename).toBe(arrived.filename)
    return arrived.filename ?? ""
  }

  it("that is too long is cut before its extension", async () => {
    expect(await nameOf(`${"x".repeat(252)}.pdf`)).toBe(`${"x".repeat(251)}.pdf`)
    expect(await nameOf("x".repeat(300))).toBe("x".repeat(255))
    expect(await nameOf(`factura.${"x".repeat(300)}`)).toHaveLength(255)
  })

  it("is not cut through a character", async () => {
    const name = await nameOf(`${"x".repeat(250)}😀.pdf`)
    expect(name).toBe(`${"x".repeat(250)}.pdf`)
    expect(name.isWellFormed()).toBe(true)
  })

  it("that arrives keeps its extension as well", async () => {
    const filename = `${"x".repeat(400)}.pdf`
    const id = await gateway.network
      .contact(CONTACT)
      .send(ME, { media: png, mimetype: "application/pdf", filename, as: "document" })
    const message = await until(async () => {
      const { status, body } = await gateway.get(`/v1/messages/${id}`, { token })
      return status === 200 && body
    }, "the message")
    expect(message.content.filename).toBe(`${"x".repeat(251)}.pdf`)
  })

  it.each([
    ["../../etc/passwd", "passwd"],
    ["C:\\Users\\Ana\\factura.pdf", "factura.pdf"],
    ["factura\u202Efdp.exe", "facturafdp.exe"],
    ["a\r\nset-cookie: b\u0000.pdf", "aset-cookie: b.pdf"],
    ["..", undefined]
  ])("that a contact chose, %j, is recorded and served as %j", async (filename, clean) => {
    const id = await gateway.network
      .contact(CONTACT)
      .send(ME, { media: png, mimetype: "application/pdf", filename, as: "document" })
    const { content } = await until(async () => {
      const { status, body } = await gateway.get(`/v1/messages/${id}`, { token })
      return status === 200 && body
    }, "the message")
    expect(content.filename).toBe(clean)
    const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
      headers: { authorization: `Bearer ${token}` }
    })
    await answer.arrayBuffer()
    expect(answer.headers.get("content-disposition")).toBe(
      clean === undefined ? "attachment" : contentDisposition(clean)
    )
  })

  it("that a client chose is served without its path", async () => {
    const { body } = await gateway.post(
      "/api/send-whatsap",
      { number: CONTACT, ...file, filename: "a/\u202Eb.txt" },
      { token }
    )
    const answer = await fetch(`${gateway.url}/v1/messages/${body.messageId}/media`, {
      headers: { authorization: `Bearer ${token}` }
    })
    await answer.arrayBuffer()
    expect(answer.headers.get("content-disposition")).toBe(contentDisposition("b.txt"))
  })
})

const samples = new URL("../support/formats/", import.meta.url)
const sample = (name: string) => readFileSync(new URL(name, samples))

describe("a format that phones do not show", () => {
  const families: Readonly<Record<string, string>> = {
    "a.gif": "image",
    "a.tiff": "image",
    "a.webp": "image",
    "h.avif": "image",
    "h.heic": "image",
    "s.svg": "image",
    "h.avi": "video",
    "h.mkv": "video",
    "h.mov": "video",
    "caf.caf": "audio",
    "h.flac": "audio",
    "h.mp4": "audio",
    "h.wav": "audio",
    "h.webm": "audio",
    "raw.opus": "audio"
  }

  it("has a sample here for each that was reported", () => {
    expect(readdirSync(samples).toSorted()).toEqual(Object.keys(families).toSorted())
  })

  it.each([...Object.entries(families), ["h.webm", "video"]])(
    "%s as %s goes as a document, and the answer says so",
    async (name, mediatype) => {
      const media = sample(name).toString("base64")
      const { status, body } = await gateway.post(
        "/api/send-whatsap",
        { number: CONTACT, mediatype, media, filename: name },
        { token }
      )
      expect([status, body.mediatype]).toEqual([200, "document"])
      expect(await received(body.messageId)).toMatchObject({ type: "document", filename: name })
    }
  )

  it.each(Object.entries(families))(
    "%s as %s goes as a document by /v1, and the answer says so",
    async (name, kind) => {
      const media = sample(name).toString("base64")
      const { status, body } = await gateway.post(
        `/v1/devices/${ME}/messages`,
        { to: CONTACT, kind, media, filename: name },
        { token }
      )
      expect([status, body.content]).toMatchObject([202, { kind: "document", filename: name, given: { kind } }])
      expect(await received(body.id)).toMatchObject({ type: "document", filename: name })
    }
  )

  it.each(Object.keys(families))("%s without a kind goes as a document by /v1", async (name) => {
    const media = sample(name).toString("base64")
    const { body } = await gateway.post(`/v1/devices/${ME}/messages`, { to: CONTACT, media, filename: name }, { token })
    // What its content says decides: pictures with sound in MP4 are a video, whatever a client might have called it.
    expect(body.kind).toBe(name === "h.mp4" ? "video" : "document")
  })

  it.each([
    ["image", png],
    ["image", jpeg],
    ["image", unknownBytes],
    ["video", mp4],
    ["audio", voice]
  ])("leaves what they show: %s", async (mediatype, bytes) => {
    const request = { number: CONTACT, mediatype, media: bytes.toString("base64"), filename: "x" }
    const { status, body } = await gateway.post("/api/send-whatsap", request, { token })
    expect([status, body.mediatype]).toEqual([200, undefined])
    expect(await received(body.messageId)).toMatchObject({ type: mediatype })
  })

  it("is not what a sticker is", async () => {
    const ask = (bytes: Buffer) =>
      gateway.post(
        `/v1/devices/${ME}/messages`,
        { to: CONTACT, kind: "sticker", media: bytes.toString("base64") },
        { token }
      )
    expect((await ask(webp)).body.kind).toBe("sticker")
    // The beginning of a picture cannot be converted.
    expect((await ask(png)).body).toMatchObject({ kind: "document", content: { given: { kind: "sticker" } } })
    expect((await ask(voice)).status).toBe(400)
  })
})

describe("the type of a received file", () => {
  const office = "application/vnd.openxmlformats-officedocument"
  const typeOf = async (mimetype: string) => {
    const id = await gateway.network
      .contact(CONTACT)
      .send(ME, { media: Buffer.from(mimetype), mimetype, filename: "x", as: "document" })
    await until(async () => (await gateway.get(`/v1/messages/${id}`, { token })).status === 200, "the message")
    const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, {
      headers: { authorization: `Bearer ${token}` }
    })
    await answer.arrayBuffer()
    return answer.headers.get("content-type")
  }

  it.each([
    [`${office}.wordprocessingml.document`, `${office}.wordprocessingml.document`],
    [`${office}.spreadsheetml.sheet`, `${office}.spreadsheetml.sheet`],
    [`${office}.presentationml.presentation`, `${office}.presentationml.presentation`],
    ["application/msword", "application/msword"],
    ["text/plain; charset=utf-8", "text/plain"],
    ["audio/mp4; codecs=mp4a.40.2", "audio/mp4"],
    ["audio/ogg; codecs=opus", "audio/ogg; codecs=opus"],
    ["APPLICATION/PDF", "application/pdf"]
  ])("%s is told as %s", async (mimetype, told) => {
    expect(await typeOf(mimetype)).toBe(told)
  })

  it.each([
    "text/html",
    "text/xml",
    "application/xml",
    "application/xhtml+xml",
    "image/svg+xml",
    "text/javascript",
    "application/javascript",
    "TEXT/HTML; charset=utf-8",
    "a b/c",
    ""
  ])("%s is told as bytes: a browser would run it, or cannot know it", async (mimetype) => {
    expect(await typeOf(mimetype)).toBe("application/octet-stream")
  })
})
