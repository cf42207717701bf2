/** `mediaUrl` of POST /v1/devices/:id/messages: the gateway fetches the file. */
import { createHash, randomBytes } from "node:crypto"
import { readdirSync } from "node:fs"
import { createServer, type RequestListener, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"
import { jpeg, pdf } from "../support/sample-files.ts"
import { until } from "../support/until.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const FILE_MAX = 1_000_000

let gateway: TestGateway
let token: string
let server: Server
let origin: string
let requests = 0
let respond: RequestListener

beforeAll(async () => {
  server = createServer((request, response) => {
    requests++
    respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  gateway = await TestGateway.start({
    env: { MAX_ATTACHMENT_SIZE: String(FILE_MAX), OUTBOUND_ALLOW: "127.0.0.1/32" },
    network: { prekeyCount: 100, log: () => {} }
  })
  gateway.network.addContact(CONTACT, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
})
afterAll(async () => {
  expect(gateway.network.unknownIqs).toEqual([])
  await gateway[Symbol.asyncDispose]()
  server.closeAllConnections()
  server.close()
})
beforeEach(() => {
  requests = 0
  respond = (_request, response) => response.end(pdf)
})

const path = `/v1/devices/${ME}/messages`
const send = (fields: object, headers: Record<string, string> = {}) =>
  gateway.post(path, { to: CONTACT, ...fields }, { token, headers })
const inInbox = (id: string) =>
  until(() => gateway.network.contact(CONTACT).inbox.find((message) => message.id === id), "the message at its contact")
const filesKept = () => readdirSync(join(gateway.directory, "media")).toSorted()
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex")

describe("a file of a URL", () => {
  it("arrives byte for byte, under the name of the URL", async () => {
    const bytes = Buffer.concat([pdf, randomBytes(500_000)])
    respond = (_request, response) => response.end(bytes)
    const { status, body } = await send({ mediaUrl: `${origin}/d/factura%201.pdf?x=1`, caption: "hola" })
    expect([status, body.content]).toMatchObject([
      202,
      { kind: "document", filename: "factura 1.pdf", caption: "hola" }
    ])
    expect(await inInbox(body.id)).toMatchObject({ sha256: sha256(bytes), filename: "factura 1.pdf" })
  })

  it("has the kind of its content, and a name of the client or by the type that the server tells", async () => {
    respond = (_request, response) => response.end(jpeg)
    expect((await send({ mediaUrl: `${origin}/x.pdf` })).body.content.kind).toBe("image")
    respond = (_request, response) => response.setHeader("content-type", "text/csv; charset=utf-8").end("a,b")
    const csv = await send({ mediaUrl: `${origin}/export?id=1` })
    expect(csv.body.content).toMatchObject({ kind: "document", filename: "export.csv", mimetype: "text/csv" })
    expect((await send({ mediaUrl: origin, filename: "b.csv" })).body.content.filename).toBe("b.csv")
  })

  it("[OUT-2] is not fetched again for a repeat, though it is gone by then", async () => {
    const key = { "idempotency-key": "url-1" }
    const first = await send({ mediaUrl: `${origin}/a.pdf` }, key)
    respond = (_request, response) => response.writeHead(404).end()
    const second = await send({ mediaUrl: `${origin}/a.pdf` }, key)
    expect([second.status, second.body.id, requests]).toEqual([202, first.body.id, 1])
  })
})

describe("a URL that gives no file leaves none behind:", () => {
  const leavesNothing = async (act: () => Promise<void>) => {
    const before = filesKept()
    await act()
    await until(() => filesKept().join() === before.join(), "the end of the file")
  }

  it("[SEC-3] 400 for a private address, without a connection; 422 where it redirects to one", async () => {
    for (const mediaUrl of ["http://10.0.0.1/a", "http://[::1]/a", "ftp://a.example/a", "no"]) {
      const { status, body } = await send({ mediaUrl })
      expect([status, body.field]).toEqual([400, "mediaUrl"])
    }
    const { port } = new URL(origin)
    respond = (request, response) =>
      request.url === "/"
        ? response.writeHead(302, { location: `http://127.0.0.2:${port}/x` }).end()
        : response.end(pdf)
    const { status, body } = await send({ mediaUrl: origin })
    expect([status, body.code, body.field, requests]).toEqual([422, "media-not-fetched", "mediaUrl", 1])
  })

  it("422 for another status, an answer that ends early, and no server", async () => {
    await leavesNothing(async () => {
      respond = (_request, response) => response.writeHead(404).end()
      const missing = await send({ mediaUrl: origin })
      expect([missing.status, missing.body.code]).toEqual([422, "media-not-fetched"])
      expect(missing.body.detail).toMatch(/404/)
      respond = (_request, response) => {
        response.writeHead(200, { "content-length": 500_000 }).write(randomBytes(300_000))
        setTimeout(() => response.destroy(), 50)
      }
      expect((await send({ mediaUrl: origin })).status).toBe(422)
      expect((await send({ mediaUrl: "http://127.0.0.1:9/" })).status).toBeGreaterThanOrEqual(400)
    })
  })

  it("413 over the limit, declared or not", async () => {
    await leavesNothing(async () => {
      for (const headers of [{ "content-length": FILE_MAX + 1 }, {}]) {
        respond = (_request, response) => response.writeHead(200, headers).end(randomBytes(FILE_MAX + 1))
        const { status, body } = await send({ mediaUrl: origin })
        expect([status, body.code]).toEqual([413, "file-too-large"])
      }
    })
  })

  it("400 with a file, or a text, or for another kind than its content", async () => {
    await leavesNothing(async () => {
      expect((await send({ mediaUrl: origin, media: "QUJD" })).body.field).toBe("mediaUrl")
      expect((await send({ mediaUrl: origin, text: "x" })).body.field).toBe("text")
      expect(requests).toBe(0)
      expect((await send({ mediaUrl: origin, kind: "image" })).body.field).toBe("kind")
    })
  })

  it("is not asked while the device is not connected", async () => {
    const idle = await gateway.user("51948907650")
    await gateway.post("/api/add-device", { numero: "51948907650", nombre: "x" }, { token: idle })
    const body = { to: CONTACT, mediaUrl: origin }
    expect((await gateway.post("/v1/devices/51948907650/messages", body, { token: idle })).status).toBe(409)
    expect(requests).toBe(0)
  })

  it("is left when the client hangs up; a client may have eight in progress", async () => {
    await leavesNothing(async () => {
      let closed = 0
      respond = (_request, response) => {
        const trickle = setInterval(() => response.write(randomBytes(1_000)), 20)
        response.once("close", () => {
          clearInterval(trickle)
          closed++
        })
      }
      const hangUp = new AbortController()
      const url = `${gateway.url}${path}`
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
      const body = JSON.stringify({ to: CONTACT, mediaUrl: origin })
      const eight = Array.from({ length: 8 }, () =>
        fetch(url, { method: "POST", headers, body, signal: hangUp.signal }).catch(() => undefined)
      )
      await until(() => requests === 8, "eight requests")
      const ninth = await send({ mediaUrl: origin })
      expect([ninth.status, ninth.body.code]).toEqual([429, "too-many-uploads"])
      hangUp.abort()
      await Promise.all(eight)
      await until(() => closed === 8, "the end of all requests")
    })
  })
})
