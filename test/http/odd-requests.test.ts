/** Requests that Node would answer by itself, or for another server: each gets its dialect's words. */
import { connect } from "node:net"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { TestGateway } from "../support/gateway.ts"

let gateway: TestGateway
let token: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { ALLOWED_HOSTS: "api.example.com" } })
  token = await gateway.user("51948907640")
})
afterAll(() => gateway[Symbol.asyncDispose]())

/** The status and the body that come back for these bytes. */
const exchange = async (...lines: readonly string[]) => {
  const socket = connect(gateway.gateway.port, "127.0.0.1")
  let text = ""
  socket.on("data", (chunk) => (text += chunk.toString()))
  socket.on("error", () => {})
  socket.write(`${lines.join("\r\n")}\r\nconnection: close\r\n\r\n`)
  await new Promise((resolve) => socket.once("close", resolve))
  const [, status = ""] = text.match(/^HTTP\/1\.1 (\d+)/) ?? []
  const body = text.split("\r\n\r\n")[1] ?? ""
  return { status: Number(status), body: body === "" ? undefined : (JSON.parse(body) as Record<string, unknown>) }
}

const SPANISH = { error: "Solicitud inválida" }

describe("a request without Host", () => {
  it("is refused in the dialect's words", async () => {
    expect(await exchange("GET /api/status HTTP/1.1")).toEqual({ status: 400, body: SPANISH })
    expect(await exchange("GET /v1/devices HTTP/1.1")).toMatchObject({
      status: 400,
      body: { code: "invalid-request", field: "Host" }
    })
  })

  it("is answered as HTTP/1.0", async () => {
    expect((await exchange("GET /health HTTP/1.0")).status).toBe(200)
  })
})

describe("[SEC-5] a gateway on loopback", () => {
  const ask = (host: string, path = "/health") => exchange(`GET ${path} HTTP/1.1`, `host: ${host}`)

  it.each([
    "localhost",
    "localhost:3000",
    "127.0.0.1",
    "127.0.0.1:3000",
    "[::1]:3000",
    "API.example.com",
    "api.example.com:80"
  ])("answers for %s", async (host) => {
    expect((await ask(host)).status).toBe(200)
  })

  it.each([
    "evil.example.com",
    "evil.example.com:3000",
    "api.example.com.evil.com",
    "localhost.evil.com",
    "192.0.2.1",
    "[2001:db8::1]"
  ])("does not answer for %s, which a page in a browser may have chosen", async (host) => {
    expect(await ask(host)).toEqual({ status: 400, body: SPANISH })
    const { status, body } = await ask(host, "/v1/devices")
    expect([status, body?.code]).toEqual([421, "host-not-allowed"])
    expect(String(body?.detail)).toContain("ALLOWED_HOSTS")
  })
})

describe("what asks for something else than a response", () => {
  it("a tunnel", async () => {
    expect(await exchange("CONNECT example.com:443 HTTP/1.1", "host: localhost")).toEqual({
      status: 400,
      body: SPANISH
    })
  })

  it("an expectation other than to continue", async () => {
    expect(await exchange("GET /api/status HTTP/1.1", "host: localhost", "expect: the-unexpected")).toEqual({
      status: 400,
      body: SPANISH
    })
    const v1 = await exchange("GET /v1/devices HTTP/1.1", "host: localhost", "expect: the-unexpected")
    expect([v1.status, v1.body?.code]).toEqual([400, "bad-request"])
  })

  it.each([
    ["no key", ["sec-websocket-version: 13"]],
    ["a key that is none", ["sec-websocket-version: 13", "sec-websocket-key: x"]],
    ["another version", ["sec-websocket-version: 99", "sec-websocket-key: MDEyMzQ1Njc4OWFiY2RlZg=="]]
  ])("a WebSocket with %s", async (_, headers) => {
    const upgrade = ["upgrade: websocket", "connection: Upgrade", `authorization: Bearer ${token}`, "host: localhost"]
    const { status, body } = await exchange("GET /v1/stream HTTP/1.1", ...upgrade, ...headers)
    expect([status, body?.code]).toEqual([400, "invalid-request"])
  })
})

describe("half of a surrogate pair", () => {
  it.each([
    ["POST", "/v1/devices", '{"sessionId":"a","name":"x\\ud800"}', "name"],
    ["POST", "/v1/tokens", '{"name":"\\udfff","scopes":["read"]}', "name"],
    ["POST", "/api/add-device", '{"numero":"51948907641","nombre":"\\ud83d"}', undefined],
    ["POST", "/api/send-message", '{"number":"51999999999","message":"Hola \\ud83d"}', undefined]
  ])("%s %s is refused", async (method, path, raw, field) => {
    const { status, body } = await gateway.call(method, path, { token, raw })
    expect(status).toBe(400)
    if (field) expect(body).toMatchObject({ code: "invalid-request", field })
  })
})
