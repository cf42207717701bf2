/** GET /v1/messages/:id/media: the files of sent and received messages, byte for byte. */
import { createHash } from "node:crypto"
import { readdirSync, rmSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { jpeg, mp4, pdf, png, unknownBytes, voice, webp } from "../support/sample-files.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const FILE_MAX = 1_000_000

let gateway: TestGateway
let me: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { MAX_ATTACHMENT_SIZE: String(FILE_MAX) },
    network: { prekeyCount: 100, mediaBytesMax: 3 * FILE_MAX, log: () => {} }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  me = await gateway.user(ME)
  await gateway.connect(me, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
})

const contact = () => gateway.network.contact(CONTACT)
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")
const folder = () => join(gateway.directory, "media")
const filesKept = () => readdirSync(folder()).length

const download = async (id: string, token = me, headers: Record<string, string> = {}) => {
  const url = `${gateway.url}/v1/messages/${id}/media`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}`, ...headers } })
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await answer.arrayBuffer()) }
}

const received = async (id: string) => {
  await until(async () => (await gateway.get(`/v1/messages/${id}`, { token: me })).status === 200, "the message")
  return id
}

describe("the file of a received message", () => {
  it.each([
    ["document", pdf, { mimetype: "application/pdf", filename: "factura Nº 1.pdf" }],
    ["document with a caption", pdf, { mimetype: "application/pdf", filename: "b.pdf", caption: "la factura" }],
    ["image", jpeg, { mimetype: "image/jpeg", caption: "mira" }],
    ["video", mp4, { mimetype: "video/mp4" }],
    ["voice note", voice, { mimetype: "audio/ogg; codecs=opus", ptt: true }],
    ["sticker", webp, { mimetype: "image/webp", as: "sticker" as const }],
    ["document of no bytes", Buffer.alloc(0), { mimetype: "text/plain", filename: "vacío.txt" }],
    ["document of 16 bytes", Buffer.alloc(16, 1), { mimetype: "text/plain", filename: "a.txt" }],
    ["document of a megabyte", Buffer.alloc(FILE_MAX, "ñandú"), { mimetype: "text/plain", filename: "grande.txt" }]
  ])("%s is returned byte for byte", async (_, media, description) => {
    const id = await received(await contact().send(ME, { media, ...description }))
    const answer = await download(id)
    expect(answer.status).toBe(200)
    expect(sha256(answer.bytes)).toBe(sha256(media))
    expect(answer.headers.get("content-type")).toBe(description.mimetype)
    expect(answer.headers.get("content-length")).toBe(String(media.length))
    expect(answer.headers.get("content-disposition")).toMatch(/^attachment/)
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
  })

  it("is fetched at the first request, and only once", async () => {
    const media = Buffer.concat([png, Buffer.from("una vez")])
    const id = await received(await contact().send(ME, { media, mimetype: "image/png" }))
    const before = filesKept()
    const { downloads } = gateway.network.stats()
    const answers = await Promise.all([download(id), download(id), download(id)])
    expect(answers.map(({ bytes }) => sha256(bytes))).toEqual([sha256(media), sha256(media), sha256(media)])
    await download(id)
    expect(gateway.network.stats().downloads).toBe(downloads + 1)
    expect(filesKept()).toBe(before + 1)
  })

  it("is not sent again to a client with a current copy", async () => {
    const id = await received(await contact().send(ME, { media: jpeg, mimetype: "image/jpeg" }))
    const etag = (await download(id)).headers.get("etag") ?? ""
    expect(await download(id, me, { "if-none-match": etag })).toMatchObject({ status: 304, bytes: Buffer.alloc(0) })
  })

  describe("in part", () => {
    const media = Buffer.from("0123456789")
    let id: string
    let etag: string

    beforeAll(async () => {
      id = await received(await contact().send(ME, { media, mimetype: "text/plain", filename: "cifras.txt" }))
      etag = (await download(id)).headers.get("etag") ?? ""
    })

    it.each([
      ["bytes=2-4", "234", "bytes 2-4/10"],
      ["bytes=7-", "789", "bytes 7-9/10"],
      ["bytes=-1", "9", "bytes 9-9/10"],
      ["bytes=0-999", "0123456789", "bytes 0-9/10"]
    ])("%s is 206", async (range, text, contentRange) => {
      const answer = await download(id, me, { range })
      expect([answer.status, answer.bytes.toString()]).toEqual([206, text])
      expect(answer.headers.get("content-range")).toBe(contentRange)
      expect(answer.headers.get("content-length")).toBe(String(text.length))
      expect(answer.headers.get("content-type")).toBe("text/plain")
      expect(answer.headers.get("x-content-type-options")).toBe("nosniff")
    })

    it("a range beyond its end is 416 with its size", async () => {
      const answer = await download(id, me, { range: "bytes=10-" })
      expect([answer.status, answer.headers.get("content-range")]).toEqual([416, "bytes */10"])
    })

    it("ranges that are not served, and none, are the whole file", async () => {
      for (const range of ["bytes=0-1,4-5", "lines=1-2", "bytes=4-2"]) {
        expect(await download(id, me, { range })).toMatchObject({ status: 200, bytes: media })
      }
      expect((await download(id)).headers.get("accept-ranges")).toBe("bytes")
    })

    it("an If-Range of another file is the whole file", async () => {
      const range = "bytes=0-1"
      expect((await download(id, me, { range, "if-range": etag })).status).toBe(206)
      for (const other of ['"other"', `W/${etag}`, "Wed, 21 Oct 2026 07:28:00 GMT"]) {
        expect(await download(id, me, { range, "if-range": other })).toMatchObject({ status: 200, bytes: media })
      }
    })

    it("an ETag among others, a weak one, and any are 304", async () => {
      for (const given of [`"a", ${etag}`, `W/${etag}`, "*"]) {
        expect((await download(id, me, { "if-none-match": given, range: "bytes=0-1" })).status).toBe(304)
      }
    })

    it("HEAD gives the same headers without the file", async () => {
      const headers = { authorization: `Bearer ${me}`, range: "bytes=0-1" }
      const answer = await fetch(`${gateway.url}/v1/messages/${id}/media`, { method: "HEAD", headers })
      expect([answer.status, answer.headers.get("content-length"), answer.headers.get("etag")]).toEqual([
        200,
        "10",
        etag
      ])
      expect(await answer.text()).toBe("")
    })
  })

  it.each(["a\ud800b.pdf", `${"n".repeat(40_000)}.pdf`, 'a\r\nSet-Cookie: x=1"\\;../../é.pdf'])(
    "is returned whatever its sender called it",
    async (filename) => {
      const id = await received(await contact().send(ME, { media: pdf, mimetype: "application/pdf", filename }))
      const answer = await download(id)
      expect(answer).toMatchObject({ status: 200, bytes: pdf })
      expect(answer.headers.get("set-cookie")).toBeNull()
    }
  )

  it("is not sent as a page that a browser would run", async () => {
    const page = Buffer.from("<script>alert(1)</script>")
    const id = await received(await contact().send(ME, { media: page, mimetype: "text/html", filename: "x.html" }))
    expect((await download(id)).headers.get("content-type")).toBe("application/octet-stream")
  })

  it("larger than MAX_ATTACHMENT_SIZE is not fetched: 413", async () => {
    const media = Buffer.alloc(FILE_MAX + 1)
    const id = await received(await contact().send(ME, { media, mimetype: "text/plain", filename: "a.txt" }))
    expect((await download(id)).status).toBe(413)
  })

  it("that WhatsApp no longer has is 410", async () => {
    const id = await received(await contact().send(ME, { media: unknownBytes, mimetype: "text/plain", filename: "a" }))
    for (const fill of [1, 2, 3]) {
      await contact().send(ME, { media: Buffer.alloc(FILE_MAX, fill), mimetype: "text/plain", filename: "b" })
    }
    const answer = await download(id)
    expect(answer.status).toBe(410)
    expect(JSON.parse(answer.bytes.toString())).toMatchObject({ code: "media-gone" })
  })

  it("[SEC-1] cannot be opened by knowing only its hash", async () => {
    const secret = Buffer.from("la planilla de sueldos")
    const stranger = await gateway.user("51922222222")
    await gateway.connect(stranger, "51922222222")
    const sent = { to: CONTACT, media: secret.toString("base64"), filename: "sueldos.txt" }
    expect((await gateway.post(`/v1/devices/51922222222/messages`, sent, { token: stranger })).status).toBe(202)
    const claiming = async (fileSha256: Uint8Array) => {
      const document = { mimetype: "text/plain", directPath: "/v/x", url: gateway.network.url.replace("ws:", "https:") }
      const message = { documentMessage: { ...document, mediaKey: Buffer.alloc(32, 1), fileSha256 } }
      return (await download(await received(await contact().send(ME, { message })))).status
    }
    expect(await claiming(createHash("sha256").update(secret).digest())).toBe(503)
    expect(await claiming(Buffer.alloc(0))).toBe(502)
  })

  it("cannot be opened by another user [SEC-1]", async () => {
    const id = await received(await contact().send(ME, { media: jpeg, mimetype: "image/jpeg" }))
    const stranger = await gateway.user("51911111111")
    expect((await download(id, stranger)).status).toBe(404)
  })
})

describe("the file of a sent message", () => {
  it("is returned as it was sent", async () => {
    const { body } = await gateway.post(
      `/v1/devices/${ME}/messages`,
      { to: CONTACT, media: pdf.toString("base64"), filename: 'ma"lo.pdf' },
      { token: me }
    )
    const answer = await download(body.id)
    expect(sha256(answer.bytes)).toBe(sha256(pdf))
    expect(answer.headers.get("content-disposition")).toBe('attachment; filename="ma\\"lo.pdf"')
    rmSync(join(folder(), sha256(pdf)))
    expect((await download(body.id)).status).toBe(410)
  })
})

it("the file of a text message is 404", async () => {
  const id = await received(await contact().send(ME, { text: "hola" }))
  const answer = await download(id)
  expect(answer.status).toBe(404)
  expect(JSON.parse(answer.bytes.toString())).toMatchObject({ code: "no-media" })
})
