/** Socket.IO for the pages of the old gateway: who may connect, what they are told, and how it ends. */
import { once } from "node:events"
import { Effect } from "effect"
import type { ManagerOptions, SocketOptions } from "socket.io-client"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { EventLog } from "../../src/store/log/event-log.ts"
import { appendTo, received } from "../support/events.ts"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { Page } from "./support/page.ts"

const ME = "51948907640"
const STRANGER = "51911111111"
const CONTACT = "51999999999"
const ORIGIN = "https://panel.example.com"
const PASSWORD = "correct horse"

let gateway: TestGateway
let me: string
let stranger: string

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { STREAMS_PER_USER_MAX: "10", ALLOWED_ORIGINS: ORIGIN, RETRY_FIRST_MS: "50" },
    network: { prekeyCount: 50 }
  })
  gateway.network.addContact(CONTACT)
  me = await gateway.user(ME)
  stranger = await gateway.user(STRANGER)
  await gateway.connect(me, ME)
  await gateway.untilSynced(me, ME)
})
afterAll(() => gateway[Symbol.asyncDispose]())

const open = (options: Partial<ManagerOptions & SocketOptions>) => new Page(gateway.url, options).connected()
const openAs = (token: string, options: Partial<ManagerOptions & SocketOptions> = {}) =>
  open({ auth: { token }, ...options })

let recorded = 0
/** Records received messages on my device, as if a phone had sent them. */
const record = async (count: number, characters = 10): Promise<void> => {
  const { id, deviceNumber } = (await gateway.get(`/v1/devices/${ME}`, { token: me })).body
  const events = Array.from({ length: count }, () => received(`m${recorded++}`, "x".repeat(characters)))
  const append = appendTo(`messages/${id}`, "any", events, deviceNumber)
  await gateway.gateway.runtime.runPromise(Effect.flatMap(EventLog, (log) => log.commit({ appends: [append] })))
}

describe("a page is admitted with a user's token", () => {
  const ways: readonly (readonly [string, (token: string) => Partial<ManagerOptions & SocketOptions>])[] = [
    ["auth.token", (token) => ({ auth: { token } })],
    ["the query", (token) => ({ query: { token } })],
    ["Authorization", (token) => ({ extraHeaders: { authorization: `Bearer ${token}` } })]
  ]
  for (const transports of [["polling"], ["websocket"], ["polling", "websocket"]]) {
    it.each(ways)(`in %s, over ${transports.join(" and ")}`, async (_, options) => {
      await using page = await open({ ...options(me), transports })
      await until(() => page.transport === transports.at(-1), "the transport")
      await until(() => page.statuses.length > 0, "the state")
      expect(page.statuses).toEqual([{ numero: ME, state: "CONNECTED", ready: true, estado: "conectado" }])
      await using refused = new Page(gateway.url, { ...options("0".repeat(64)), transports })
      expect(await refused.refused()).toEqual({ message: "Token inválido", data: { status: 401 } })
    })
  }

  it("[SEC-1] and with nothing else", async () => {
    const tokens = async (scopes: readonly string[], operator: boolean) =>
      (await gateway.post("/v1/tokens", { name: "x", scopes }, operator ? { operator } : { token: me })).body.token
    const refusal = async (options: Partial<ManagerOptions & SocketOptions>) => {
      await using page = new Page(gateway.url, options)
      return (await page.refused())?.message
    }
    expect(await refusal({})).toBe("Token requerido")
    expect(await refusal({ auth: { token: 5 } })).toBe("Token requerido")
    expect(await refusal({ auth: { token: OPERATOR_KEY } })).toBe("Token inválido")
    expect(await refusal({ extraHeaders: { "x-api-key": OPERATOR_KEY } })).toBe("Token requerido")
    expect(await refusal({ auth: { token: await tokens(["read"], true) } })).toBe("Token inválido")
    expect(await refusal({ auth: { token: await tokens(["send"], false) } })).toBe("Token sin permiso")
    expect(await refusal({ auth: { token: me, after: "x" } })).toBe("Datos inválidos")
  })
})

describe("a page is told", () => {
  it("the states of the device and its messages, in the words of the dialect", async () => {
    await using page = await openAs(me)
    await until(() => page.statuses.length > 0, "the state")
    const id = await gateway.network.contact(CONTACT).send(ME, { text: "Hola" })
    const message = await until(() => page.messages[0], "the message")
    expect(message).toEqual({
      numero: ME,
      from: CONTACT,
      body: "Hola",
      type: "chat",
      timestamp: expect.any(Number),
      messageId: id
    })
    expect(Math.abs(message.timestamp - Date.now() / 1_000)).toBeLessThan(60)
    await gateway.post("/api/disconnect", { numero: ME }, { token: me })
    await until(() => page.statuses.at(-1)?.state === "NONE", "the end")
    expect(page.statuses.at(-1)).toEqual({ numero: ME, state: "NONE", ready: false, estado: "desconectado" })
    await gateway.post("/api/add-device", { numero: ME, nombre: "x" }, { token: me })
    await until(() => page.statuses.at(-1)?.ready, "the device")
    expect(page.statuses.slice(1).map(({ state }) => state)).toEqual(["NONE", "INIT", "LOADING_0", "CONNECTED"])
  })

  it("[SEC-1] nothing of other users' devices; a QR as the picture that /api/qr gives, also one that is shown already", async () => {
    const numero = "51955500004"
    await using mine = await openAs(me)
    await using theirs = await openAs(stranger)
    await gateway.post("/api/add-device", { numero, nombre: "x" }, { token: stranger })
    await until(() => theirs.qrs.length > 0, "the QR")
    const { qr } = (await gateway.get(`/api/qr?numero=${numero}`, { token: stranger })).body
    expect(theirs.qrs[0]).toEqual({ numero, qr })
    await using late = await openAs(stranger)
    await until(() => late.qrs.length > 0, "the QR")
    expect(late.qrs[0]).toEqual({ numero, qr })
    expect(late.statuses).toEqual([{ numero, state: "QR", ready: false, estado: "desconectado" }])
    const readOnly = await gateway.post("/v1/tokens", { name: "r", scopes: ["read"] }, { token: stranger })
    await using reader = await openAs(readOnly.body.token)
    await until(() => reader.statuses.length > 0, "the state")
    await gateway.network.contact(CONTACT).send(ME, { text: "not for strangers" })
    await until(() => mine.messages.length > 0, "the message")
    await gateway.post("/api/disconnect", { numero }, { token: stranger })
    for (const page of [theirs, late, reader]) {
      await until(() => page.statuses.at(-1)?.state === "NONE", "the end")
      expect(page.statuses.every((status) => status.numero === numero)).toBe(true)
      expect(page.messages).toEqual([])
    }
    expect(reader.qrs).toEqual([])
    expect(mine.statuses.every((status) => status.numero === ME)).toBe(true)
    expect(mine.qrs).toEqual([])
  })

  it("[WS-1] what it missed, once, if it gives its last position", async () => {
    await record(1)
    const first = await openAs(me, { auth: { token: me, after: 0 } })
    await until(() => first.messages.at(-1)?.messageId === `m${recorded - 1}`, "the messages")
    expect(first.positions).toEqual([...new Set(first.positions)].toSorted((a, b) => a - b))
    const after = first.positions.at(-1) ?? 0
    first.socket.disconnect()
    await record(60)
    await using second = await openAs(me, { auth: { token: me, after } })
    await until(() => second.messages.length === 60, "the rest")
    await record(1)
    await until(() => second.messages.length > 60, "the next one")
    const missed = Array.from({ length: 61 }, (_, n) => `m${recorded - 61 + n}`)
    expect(second.messages.map(({ messageId }) => messageId)).toEqual(missed)
    expect(second.statuses).toEqual([])
  })
})

describe("the end", () => {
  it("[SEC-2] comes within a second of the token's end, and such a page does not come back on its own", async () => {
    const numero = "51966600002"
    const token = await gateway.user(numero)
    const other = (await gateway.post("/api/login", { numero, password: PASSWORD })).body.token
    const pages = await Promise.all([
      openAs(token, { transports: ["polling"], reconnection: true }),
      openAs(token, { transports: ["websocket"], reconnection: true })
    ])
    const change = { numero, password: "battery staple", passwordActual: PASSWORD }
    expect((await gateway.post("/api/registro", change, { token: other })).status).toBe(200)
    const since = Date.now()
    for (const page of pages) {
      await until(() => page.disconnects.length > 0, "the end")
      expect(page.disconnects).toEqual(["io server disconnect"])
      expect(page.fins).toEqual([{ code: 4401, reason: "the token has ended", position: expect.any(Number) }])
    }
    expect(Date.now() - since).toBeLessThan(1_500)
    for (const page of pages) page.socket.disconnect()
  })

  it("of a page gives its place to another; all feeds of a user share STREAMS_PER_USER_MAX", async () => {
    const token = await gateway.user("51966600003")
    const pages = await Promise.all(Array.from({ length: 10 }, () => openAs(token)))
    await using refused = new Page(gateway.url, { auth: { token } })
    expect(await refused.refused()).toEqual({
      message: "Demasiadas solicitudes",
      data: { status: 429, retryAfterSeconds: 5 }
    })
    pages.pop()?.socket.disconnect()
    await until(async () => {
      const next = new Page(gateway.url, { auth: { token } })
      pages.push(next)
      await until(() => next.socket.connected || next.refusals.length > 0, "an answer")
      return next.socket.connected
    }, "a place")
    for (const page of pages) page.socket.disconnect()
  })

  it("comes when the gateway stops, within its time; pages come back with what they missed", async () => {
    const pages = await Promise.all(
      [["polling"], ["websocket"]].map((transports) => openAs(me, { transports, reconnection: true }))
    )
    // Connected, but admitted by nobody.
    const unknown = new WebSocket(`${gateway.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`)
    await new Promise((resolve) => unknown.once("open", resolve))
    const { url } = gateway
    const since = Date.now()
    await gateway.restart({ PORT: new URL(url).port }, async () => {
      expect(Date.now() - since).toBeLessThan(5_000)
    })
    for (const page of pages) {
      expect(page.fins).toEqual([{ code: 1001, reason: "the gateway stops", position: expect.any(Number) }])
      expect(["transport close", "transport error"]).toContain(page.disconnects[0])
      await page.connected()
      page.socket.disconnect()
    }
    unknown.terminate()
    await gateway.untilState(me, ME, "CONNECTED")
  })
})

describe("[SEC-5] requests that are none of Socket.IO are refused, before and after the upgrade", () => {
  it.each([
    ["", 400],
    ["?EIO=4", 400],
    ["?EIO=4&transport=carrier-pigeon", 400],
    ["?EIO=3&transport=polling", 400],
    ["?EIO=4&transport=polling&sid=guess", 400],
    ["?EIO=4&transport=polling&sid=__proto__", 400],
    ["?EIO=4&EIO=4&transport=polling&transport=polling", 200]
  ])("GET %s is %i", async (query, status) => {
    const answer = await gateway.get(`/socket.io/${query}`)
    expect([answer.status, answer.headers.get("x-content-type-options")]).toEqual([status, "nosniff"])
  })

  const upgrade = (query: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/socket.io/${query}`, { headers })
      socket.once("error", () => {})
      socket.once("open", () => {
        resolve(101)
        socket.terminate()
      })
      socket.once("unexpected-response", (_request, response) => {
        resolve(response.statusCode ?? 0)
        socket.terminate()
      })
    })

  it.each([
    ["?EIO=4&transport=websocket", 101],
    ["", 400],
    ["?EIO=3&transport=websocket", 400],
    ["?EIO=4&transport=websocket&sid=guess", 400],
    ["?EIO=4&transport=websocket&sid=constructor", 400]
  ])("an upgrade of %s is %i", async (query, status) => {
    expect(await upgrade(query)).toBe(status)
  })

  it("a page of another origin may not open a WebSocket, unless it is allowed", async () => {
    const query = "?EIO=4&transport=websocket"
    expect(await upgrade(query, { origin: gateway.url })).toBe(101)
    expect(await upgrade(query, { origin: ORIGIN })).toBe(101)
    expect(await upgrade(query, { origin: "https://elsewhere.example.com" })).toBe(400)
    expect(await upgrade(query, { origin: "null" })).toBe(400)
    const polling = async (origin: string) =>
      (await gateway.get("/socket.io/?EIO=4&transport=polling", { headers: { origin } })).headers.get(
        "access-control-allow-origin"
      )
    expect(await polling(ORIGIN)).toBe(ORIGIN)
    expect(await polling("https://elsewhere.example.com")).not.toBe("https://elsewhere.example.com")
  })

  it("a client that sends much is cut, and one that is not admitted in time too", async () => {
    const sid = (await gateway.get("/socket.io/?EIO=4&transport=polling")).body
    const path = `/socket.io/?EIO=4&transport=polling&sid=${JSON.parse(String(sid).slice(1)).sid}`
    const much = await gateway.call("POST", path, { raw: "4".repeat(5_000), headers: { "content-type": "text/plain" } })
    expect(much.status).toBe(413)
    expect((await gateway.get(path)).status).toBe(400)
    const idle = new WebSocket(`${gateway.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`)
    const since = Date.now()
    await new Promise((resolve) => idle.once("close", resolve))
    expect(Date.now() - since).toBeLessThan(10_000)
  })

  it.each(["4", "49", "42[", '42["error",{}]', '451-["x",{"_placeholder":true,"num":0}]', "40{", "1", "x", "\u0000"])(
    "an admitted client that sends %j harms no other",
    async (packet) => {
      await using quiet = await openAs(me)
      const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`)
      socket.on("error", () => {})
      await once(socket, "message")
      socket.send(`40${JSON.stringify({ token: me })}`)
      await once(socket, "message")
      for (let n = 0; n < 3; n++) socket.send(packet)
      await record(1)
      await until(() => quiet.messages.length > 0, "the message")
      socket.terminate()
    }
  )

  it("events and namespaces of a client's own are ignored", async () => {
    await using page = await openAs(me)
    page.socket.emit("join", STRANGER)
    await using other = new Page(`${gateway.url}/admin`, { auth: { token: me } })
    expect((await other.refused())?.message).toBe("Invalid namespace")
    await record(1)
    await until(() => page.messages.length > 0, "the message")
  })
})
