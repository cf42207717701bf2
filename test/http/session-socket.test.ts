/** The WebSocket of the wwebjs dialect: who may open it, and what it tells of a session. */
import { once } from "node:events"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { type FollowOptions, refusal } from "./support/follower.ts"

const NUMBER = "51948907640"
const CONTACT = "51999999999"
const operator = { operator: true }

let gateway: TestGateway
let id: string

beforeAll(async () => {
  gateway = await TestGateway.start({ env: { STREAMS_PER_USER_MAX: "5" }, network: { prekeyCount: 50 } })
  gateway.network.addContact(CONTACT)
  id = (await gateway.post("/v1/devices", { sessionId: "caja-1" }, operator)).body.id
})
afterAll(() => gateway[Symbol.asyncDispose]())

interface Frame {
  readonly dataType: string
  // oxlint-disable-next-line typescript/no-explicit-any -- the data of any type
  readonly data?: any
  readonly sessionId: string
}

const open = async (session: string, options: { headers?: Record<string, string>; query?: string } = {}) => {
  const { headers = { "x-api-key": OPERATOR_KEY }, query = "" } = options
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/ws/${session}${query}`, { headers })
  const frames: Frame[] = []
  const texts: string[] = []
  socket.on("message", (data: Buffer) => {
    texts.push(data.toString())
    frames.push(JSON.parse(data.toString()) as Frame)
  })
  await once(socket, "open")
  const types = () => frames.map(({ dataType }) => dataType)
  const first = (type: string) => until(() => frames.find(({ dataType }) => dataType === type), type)
  return { socket, frames, texts, types, first, [Symbol.dispose]: () => socket.terminate() }
}

describe("a session's WebSocket", () => {
  it("tells of the link and of messages as wwebjs-api does", async () => {
    using session = await open("caja-1")
    using other = await open(id)
    await gateway.post(`/v1/devices/${id}/start`, {}, operator)
    const { data } = await session.first("qr")
    expect(data).toEqual({ qr: expect.any(String) })
    await gateway.network.addPhone(NUMBER).scanQr(data.qr)
    await session.first("ready")
    expect(session.types()).toEqual(expect.arrayContaining(["qr", "authenticated", "change_state", "ready"]))
    expect(session.texts.find((text) => text.includes("ready"))).toBe('{"dataType":"ready","sessionId":"caja-1"}')

    const messageId = await gateway.network.contact(CONTACT).send(NUMBER, { text: "Hola" })
    const received = await session.first("message")
    expect(received).toEqual({
      dataType: "message",
      data: {
        message: expect.objectContaining({ body: "Hola", type: "chat", from: `${CONTACT}@c.us`, fromMe: false })
      },
      sessionId: "caja-1"
    })
    expect(received.data.message.id.id).toBe(messageId)

    const sent = (await gateway.post(`/v1/devices/${id}/messages`, { to: CONTACT, text: "Adiós" }, operator)).body
    const ack = await until(
      () => session.frames.find(({ dataType, data: { ack } = {} }) => dataType === "message_ack" && ack === 2),
      "the ack"
    )
    expect(ack.data.message).toMatchObject({ id: { id: sent.id, fromMe: true }, body: "Adiós", ack: 2 })
    // By the device's id it is the same session.
    await other.first("message_ack")
    expect(other.frames.every(({ sessionId }) => sessionId === "caja-1")).toBe(true)
  })

  it("tells nothing of other sessions", async () => {
    await gateway.post("/v1/devices", { sessionId: "caja-3" }, operator)
    using quiet = await open("caja-3")
    using session = await open("caja-1")
    await gateway.network.contact(CONTACT).send(NUMBER, { text: "only for one" })
    await session.first("message")
    expect(quiet.frames).toEqual([])
  })

  it("[WS-2] [SEC-2] ends with the close codes of the stream", async () => {
    const wanted = { name: "x", scopes: ["read"] }
    const { id: tokenId, token } = (await gateway.post("/v1/tokens", wanted, operator)).body
    using session = await open("caja-1", { headers: { authorization: `Bearer ${token}` } })
    await gateway.call("DELETE", `/v1/tokens/${tokenId}`, operator)
    const [code, reason] = (await once(session.socket, "close")) as [number, Buffer]
    expect([code, JSON.parse(reason.toString())]).toEqual([
      4401,
      { reason: "the token has ended", position: expect.any(Number) }
    ])
  })

  it("keeps a QR from a token that may not link devices", async () => {
    const linked = (await gateway.post("/v1/devices", { sessionId: "caja-4" }, operator)).body
    const { token } = (await gateway.post("/v1/tokens", { name: "r", scopes: ["read"] }, operator)).body
    using reader = await open("caja-4", { headers: { authorization: `Bearer ${token}` } })
    using owner = await open("caja-4")
    await gateway.post(`/v1/devices/${linked.id}/start`, {}, operator)
    await owner.first("qr")
    await gateway.post(`/v1/devices/${linked.id}/stop`, {}, operator)
    expect(reader.types()).not.toContain("qr")
  })
})

describe("[SEC-1] it needs the operator's key", () => {
  const refused = async (session: string, query = "", options: FollowOptions = {}) => {
    const { status, body } = await refusal(gateway, query, { ...options, path: `/ws/${session}` })
    return [status, body]
  }
  const no = (status: number, error: string) => [status, { success: false, error }]
  const withKey = { headers: { "x-api-key": OPERATOR_KEY } }

  it("in the header, or as apiKey for browsers", async () => {
    using session = await open("caja-1", { headers: {}, query: `?apiKey=${OPERATOR_KEY}` })
    expect(session.socket.readyState).toBe(WebSocket.OPEN)
    expect(await refused("caja-1")).toEqual(no(403, "Invalid API key"))
    expect(await refused("caja-1", "?apiKey=guess")).toEqual(no(403, "Invalid API key"))
    expect(await refused("caja-1", `?apiKey=${OPERATOR_KEY}`, { headers: { "x-api-key": "guess" } })).toEqual(
      no(403, "Invalid API key")
    )
    expect(await refused("caja-1", "", { token: await gateway.user(NUMBER) })).toEqual(no(403, "Invalid API key"))
  })

  it("and a session of the operator", async () => {
    const user = await gateway.user("51911111111")
    await gateway.post("/v1/devices", { sessionId: "of-a-user" }, { token: user })
    expect(await refused("nobody", "", withKey)).toEqual(no(404, "session_not_found"))
    expect(await refused("of-a-user", "", withKey)).toEqual(no(404, "session_not_found"))
    expect(await refused("caja%201", "", withKey)).toEqual(no(422, "Session should be alphanumerical or -"))
    const plain = await gateway.get("/ws/caja-1", operator)
    expect([plain.status, plain.body]).toEqual(no(404, "Cannot GET /ws/caja-1"))
  })

  it("a key in the query opens nothing else", async () => {
    expect((await gateway.get(`/v1/devices?apiKey=${OPERATOR_KEY}`)).status).toBe(401)
  })
})

describe("DISABLED_CALLBACKS", () => {
  it("hides data types", async () => {
    await gateway.restart({ DISABLED_CALLBACKS: "message_create|message_ack" })
    using session = await open("caja-1")
    await until(async () => (await gateway.get(`/v1/devices/${id}`, operator)).body.state === "CONNECTED", "the device")
    await gateway.network.contact(CONTACT).send(NUMBER, { text: "otra" })
    await session.first("message")
    expect(session.types()).not.toContain("message_create")
  })
})
