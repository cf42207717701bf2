/** A body costs nothing before its client is admitted, and a bounded amount of memory for a bounded time afterwards. */
import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Effect } from "effect"
import { EXAMPLE } from "../../src/http/example-names.ts"
import { isFileBody } from "../../src/http/declaration.ts"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "../support/events.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { pdf } from "../support/sample-files.ts"
import { accessOf, type DeclaredRoute, declaredRoutes, examplesOf, type Names, requestOf } from "./support/declared.ts"

const ME = "51948907640"
const CONTACT = "51999999999"
const BODY_TIMEOUT_MS = 600

let gateway: TestGateway
let token: string
let device: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { WRONG_TOKENS_MAX: "10000", RATE_LIMIT_MAX: "1000000", BODY_TIMEOUT_MS: String(BODY_TIMEOUT_MS) },
    network: { prekeyCount: 30 }
  })
  gateway.network.addContact(CONTACT)
  token = await gateway.user(ME)
  await gateway.connect(token, ME)
  device = (await gateway.get(`/v1/devices/${ME}`, { token })).body.id
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface Piece {
  readonly text: string | Uint8Array
  readonly afterMs?: number
}

/** Sends the head and these pieces of a body; returns the status and body of the response, and its time. */
const exchange = async (head: readonly string[], pieces: readonly Piece[] = []) => {
  const socket = connect(gateway.gateway.port, "127.0.0.1")
  const since = performance.now()
  let text = ""
  const answered = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      text += chunk.toString()
      if (/\r\n\r\n[^]*\}$/.test(text)) resolve()
    })
    socket.on("close", () => resolve())
    socket.on("error", () => resolve())
  })
  socket.write(`${head.join("\r\n")}\r\n\r\n`)
  for (const { text: piece, afterMs = 0 } of pieces) {
    if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs))
    socket.write(piece)
  }
  await answered
  socket.destroy()
  const [, status = ""] = text.match(/^HTTP\/1\.1 (\d+)/) ?? []
  return { status: Number(status), body: text.split("\r\n\r\n")[1] ?? "", ms: performance.now() - since }
}

const names = (): Names => ({ ...EXAMPLE, number: ME, device })
const head = (declared: DeclaredRoute, bytes: number, credential: readonly string[]) => {
  const { method, path } = requestOf(declared, examplesOf(declared)[0] ?? { status: 0 }, names())
  return [
    `${method} ${path} HTTP/1.1`,
    "host: x",
    "content-type: application/json",
    `content-length: ${bytes}`,
    ...credential
  ]
}
const credentialOf = (declared: DeclaredRoute) =>
  accessOf(declared).for === "operator" ? [`x-api-key: ${OPERATOR_KEY}`] : [`authorization: Bearer ${token}`]

const withBody = declaredRoutes.filter(({ route }) => route.body !== undefined)
const guarded = withBody.filter((declared) => accessOf(declared).for !== "anyone")
const small = withBody.filter(({ route }) => !isFileBody(route.body) && route.bodyBytesMax === undefined)
const named = (all: readonly DeclaredRoute[]) => all.map((declared) => [declared.name, declared] as const)

describe("[SEC-5] a body is not read", () => {
  it.each(named(guarded))("%s: for a client without a valid credential", async (_, declared) => {
    for (const credential of [[], ["authorization: Bearer guessed"]]) {
      const { status, ms } = await exchange(head(declared, 1_000_000, credential))
      expect(status).toBe(declared.route.tag === "wwebjs" ? 403 : 401)
      expect(ms).toBeLessThan(BODY_TIMEOUT_MS)
    }
  })

  it.each(named(small))("%s: when its declared length exceeds the route's limit", async (_, declared) => {
    const credential = accessOf(declared).for === "anyone" ? [] : credentialOf(declared)
    const { status, ms } = await exchange(head(declared, 20_000, credential))
    expect(status).toBe(413)
    expect(ms).toBeLessThan(BODY_TIMEOUT_MS)
  })

  it.each(["/nada", "/api/nada", "/v1/nada"])("of %s, which does not exist", async (path) => {
    const { status } = await exchange([`POST ${path} HTTP/1.1`, "host: x", "content-length: 1000000"])
    expect(status).toBe(404)
  })

  it("when two invalid credentials leave the dialect open", async () => {
    const both = ["authorization: Bearer guessed", "x-api-key: guessed"]
    const { status } = await exchange(["POST /api/send-message HTTP/1.1", "host: x", "content-length: 100000", ...both])
    expect(status).toBe(401)
  })
})

describe("a body that stops arriving", () => {
  const bearer = () => `authorization: Bearer ${token}`

  it("is refused with 408 in the words of its dialect", async () => {
    const login = ["POST /api/login HTTP/1.1", "host: x", "content-type: application/json", "content-length: 100"]
    const { status, body, ms } = await exchange(login, [{ text: '{"numero"' }])
    expect([status, JSON.parse(body)]).toEqual([408, { error: "Solicitud inválida" }])
    expect(ms).toBeLessThan(2 * BODY_TIMEOUT_MS)
    const add = [
      "POST /v1/devices HTTP/1.1",
      "host: x",
      "content-type: application/json",
      "content-length: 100",
      bearer()
    ]
    const late = await exchange(add, [{ text: '{"number"' }])
    expect([late.status, JSON.parse(late.body).code]).toEqual([408, "body-timeout"])
  })

  it("with a file too, and leaves nothing of it behind", async () => {
    const send = [`POST /v1/devices/${ME}/messages HTTP/1.1`, "host: x", "content-type: application/json", bearer()]
    const { status } = await exchange(
      [...send, "content-length: 100000"],
      [{ text: `{"to":"${CONTACT}","media":"QUJD` }]
    )
    expect(status).toBe(408)
    expect((await gateway.get("/health")).status).toBe(200)
  })

  it("a slow file that keeps arriving is sent", async () => {
    const text = JSON.stringify({ to: CONTACT, media: pdf.toString("base64"), filename: "lenta.pdf" })
    const size = Math.ceil(text.length / 6)
    const pieces = Array.from({ length: 6 }, (_, n) => ({ text: text.slice(n * size, (n + 1) * size), afterMs: 250 }))
    const send = [`POST /v1/devices/${ME}/messages HTTP/1.1`, "host: x", "content-type: application/json", bearer()]
    const { status, ms } = await exchange([...send, `content-length: ${text.length}`], pieces)
    expect(status).toBe(202)
    expect(ms).toBeGreaterThan(2 * BODY_TIMEOUT_MS)
  })
})

describe("many large bodies at once", () => {
  it("are all read, a few at a time", async () => {
    const body = { number: CONTACT, message: "ñ".repeat(60_000), fromNumber: ME }
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => gateway.post("/api/send-message", body, { token }))
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
  })
})

describe("[SEC-6] a large file", () => {
  const v1 = (reference: string) => [
    `POST /v1/devices/${reference}/messages HTTP/1.1`,
    "host: x",
    "content-type: application/json"
  ]
  const whatsapp25 = ["POST /api/send-whatsap HTTP/1.1", "host: x", "content-type: application/json"]

  it("is refused before it is read when its device is not connected", async () => {
    const idle = await gateway.user("51948907650")
    await gateway.post("/api/add-device", { numero: "51948907650", nombre: "x" }, { token: idle })
    const bearer = `authorization: Bearer ${idle}`
    const own = await exchange([...v1("51948907650"), bearer, "content-length: 1000000"])
    expect([own.status, JSON.parse(own.body).code]).toEqual([409, "device-not-ready"])
    const other = await exchange([...whatsapp25, bearer, "content-length: 1000000"])
    expect([other.status, JSON.parse(other.body)]).toMatchObject([
      400,
      { error: "Sesión de WhatsApp no lista", device: "51948907650" }
    ])
    expect(Math.max(own.ms, other.ms)).toBeLessThan(BODY_TIMEOUT_MS)
  })

  it("is one of a few that a client may send at once; other clients are not affected", async () => {
    const bearer = `authorization: Bearer ${token}`
    const sending = Array.from({ length: 8 }, () =>
      exchange([...v1(ME), bearer, "content-length: 1000000"], [{ text: "{" }])
    )
    await new Promise((resolve) => setTimeout(resolve, 100))
    const ninth = await exchange([...v1(ME), bearer, "content-length: 1000000"])
    expect([ninth.status, JSON.parse(ninth.body).code]).toEqual([429, "too-many-uploads"])
    const operator = await exchange(
      [...v1(device), `x-api-key: ${OPERATOR_KEY}`, "content-length: 1000000"],
      [{ text: "{" }]
    )
    expect(operator.status).toBe(408)
    for (const { status } of await Promise.all(sending)) expect(status).toBe(408)
    const small = { to: CONTACT, media: pdf.toString("base64"), filename: "a.pdf" }
    expect((await gateway.post(`/v1/devices/${ME}/messages`, small, { token })).status).toBe(202)
  })
})

describe("[SEC-6] a long response", () => {
  /** More than the buffers of two sockets hold. */
  const LOG_BYTES = 13_200_000
  const TEXT_BYTES = 60_000

  it("that its client does not read is cut off, and makes room for the next one", async () => {
    const long = Array.from({ length: LOG_BYTES / TEXT_BYTES }, (_, n) => received(`L${n}`, "x".repeat(TEXT_BYTES)))
    const append = appendTo("messages/long", "any", long)
    await gateway.gateway.runtime.runPromise(Effect.flatMap(EventLog, ({ commit }) => commit({ appends: [append] })))
    const ask = () => {
      const socket = connect(gateway.gateway.port, "127.0.0.1")
      socket.on("error", () => {})
      socket.write(`GET /v1/events/export HTTP/1.1\r\nhost: x\r\nx-api-key: ${OPERATOR_KEY}\r\n\r\n`)
      socket.pause()
      return socket
    }
    const sockets = Array.from({ length: 10 }, ask)
    const isFull = async () => {
      const headers = { "x-api-key": OPERATOR_KEY }
      return (await fetch(`${gateway.url}/v1/events/export`, { method: "HEAD", headers })).status === 429
    }
    await expect.poll(isFull, { timeout: 15_000 }).toBe(true)
    expect((await gateway.get(`/v1/devices/${ME}/events?limit=1`, { token })).status).toBe(200)
    await expect.poll(isFull, { timeout: 30_000 }).toBe(false)
    for (const socket of sockets) socket.destroy()
  }, 60_000)
})
