/** wwebjs-api's sessions to the letter: every status, text and body of its contract, its quirks included. */
import { once } from "node:events"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import jsqr from "jsqr"
import { PNG } from "pngjs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { WebSocket } from "ws"
import { TestGateway } from "../support/gateway.ts"
import { OPERATOR_KEY } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { checkRows, row } from "./support/wwebjs-compat.ts"
import { exactly, refused, WwebjsClient } from "./support/wwebjs-client.ts"

const NUMBER = "51948907640"
const OTHER_NUMBER = "51948907641"
const operator = { operator: true } as const
/** Its types are those of a CommonJS module. */
const readQr = jsqr as unknown as (data: Uint8ClampedArray, width: number, height: number) => { data: string } | null

let gateway: TestGateway
let session: WwebjsClient

beforeAll(async () => {
  gateway = await TestGateway.start({
    env: { ENABLE_LOCAL_CALLBACK_EXAMPLE: "TRUE", ENABLE_SWAGGER_ENDPOINT: "true" },
    network: { prekeyCount: 50 }
  })
  session = new WwebjsClient(gateway, "ABCD")
})
afterAll(() => gateway[Symbol.asyncDispose]())

const get = (path: string) => gateway.get(path, operator)
const notFound = { success: false, message: "session_not_found" }
const unknown = { success: false, state: null, message: "session_not_found" }

describe("without a session", () => {
  it("/ping needs no key", async () => {
    exactly(await gateway.get("/ping"), { success: true, message: "pong" })
    row("GET", "/ping", "yes")
  })

  it("everything else does", async () => {
    for (const path of ["/session/getSessions", "/session/start/ABCD", "/client/getState/ABCD"]) {
      refused(await gateway.get(path), 403, "Invalid API key")
      refused(await gateway.get(path, { headers: { "x-api-key": "guess" } }), 403, "Invalid API key")
    }
  })

  it("a name with other characters is 422", async () => {
    for (const path of ["/session/start/a.b", "/session/qr/a%20b", "/client/getContacts/a.b"]) {
      refused(await get(path), 422, "Session should be alphanumerical or -")
    }
  })

  it("an unknown session is answered as each route does it", async () => {
    exactly(await get("/session/status/nada"), unknown)
    exactly(await get("/session/restart/nada"), unknown)
    exactly(await get("/session/terminate/nada"), unknown)
    exactly(await get("/session/qr/nada"), notFound)
    exactly(await get("/session/qr/nada/image"), notFound)
    exactly(await get("/session/getPageScreenshot/nada"), notFound)
    exactly(await gateway.post("/session/requestPairingCode/nada", { phoneNumber: OTHER_NUMBER }, operator), notFound)
    exactly(await get("/session/stop/nada"), { success: true, message: "Session stopped successfully" })
    refused(await get("/client/getContacts/nada"), 404, "session_not_found")
    refused(await get("/client/getState/nada"), 500, "Cannot read properties of undefined (reading 'getState')")
    row("GET", "/client/getState", "yes")
  })

  it("an unknown path is 404", async () => {
    refused(await get("/session/nada"), 404, "Cannot GET /session/nada")
    refused(await gateway.post("/client/nada/ABCD", {}, operator), 404, "Cannot POST /client/nada/ABCD")
  })
})

describe("the life of a session", () => {
  it("start makes it and connects it; once more, it exists", async () => {
    exactly(await session.get("/session/start"), { success: true, message: "Session initiated successfully" })
    exactly(await get("/session/getSessions"), { success: true, result: ["ABCD"] })
    await until(async () => (await session.get("/session/status")).body.state === "UNPAIRED", "a QR")
    refused(await session.get("/session/start"), 422, "Session already exists for: ABCD")
    row("GET", "/session/start", "yes")
    row("GET", "/session/getSessions", "yes")
  })

  it("before the phone is linked it is not connected", async () => {
    exactly(await session.get("/session/status"), {
      success: false,
      state: "UNPAIRED",
      message: "session_not_connected"
    })
    exactly(await session.get("/client/getState"), { success: true, state: "UNPAIRED" })
    refused(await session.get("/client/getContacts"), 404, "session_not_connected")
    row("GET", "/session/status", "yes", "`browser tab closed` is never said: there is no tab")
  })

  it("the QR comes as text and as a picture of it, and the phone takes it", async () => {
    const { body, headers } = await session.get("/session/qr")
    expect(body).toEqual({ success: true, qr: expect.any(String) })
    expect(headers.get("cache-control")).toContain("no-cache")
    const image = await fetch(`${gateway.url}/session/qr/ABCD/image`, { headers: { "x-api-key": OPERATOR_KEY } })
    expect([image.status, image.headers.get("content-type")]).toEqual([200, "image/png"])
    const { data, width, height } = PNG.sync.read(Buffer.from(await image.arrayBuffer()))
    const drawn = readQr(new Uint8ClampedArray(data), width, height)?.data ?? ""
    await gateway.network.addPhone(NUMBER, { name: "Tienda" }).scanQr(drawn)
    await until(async () => (await session.get("/session/status")).body.success, "the session to be connected")
    exactly(await session.get("/session/status"), { success: true, state: "CONNECTED", message: "session_connected" })
    exactly(await session.get("/client/getState"), { success: true, state: "CONNECTED" })
    const scanned = { success: false, message: "qr code not ready or already scanned" }
    exactly(await session.get("/session/qr"), scanned)
    exactly(await get("/session/qr/ABCD/image"), scanned)
    row("GET", "/session/qr", "yes")
    row("GET", "/session/qr/:sessionId/image", "yes")
  })

  it("there is no page to take a picture of", async () => {
    exactly(await session.get("/session/getPageScreenshot"), { success: false, message: "page_not_ready" })
    row("GET", "/session/getPageScreenshot", "yes", "always `page_not_ready`: there is no page")
  })

  it("restart connects it anew with the same credentials", async () => {
    exactly(await session.get("/session/restart"), { success: true, message: "Restarted successfully" })
    await until(async () => (await session.get("/session/status")).body.success, "the session to be back")
    row("GET", "/session/restart", "yes")
  })

  it("stop closes it and keeps the credentials; start brings it back without a QR", async () => {
    exactly(await session.get("/session/stop"), { success: true, message: "Session stopped successfully" })
    exactly(await session.get("/session/status"), { success: false, state: null, message: "session closed" })
    exactly(await session.get("/client/getState"), { success: true, state: null })
    exactly(await session.get("/session/start"), { success: true, message: "Session initiated successfully" })
    await until(async () => (await session.get("/session/status")).body.success, "the session to be back")
    row("GET", "/session/stop", "yes")
  })

  it("a phone links with a code as well", async () => {
    const coded = new WwebjsClient(gateway, "codigo-1")
    const phone = gateway.network.addPhone(OTHER_NUMBER)
    await coded.get("/session/start")
    const { body } = await coded.post("/session/requestPairingCode", { phoneNumber: OTHER_NUMBER })
    expect(body).toEqual({ success: true, result: expect.stringMatching(/^[0-9A-Z]{8}$/) })
    await phone.enterCode(body.result)
    await until(async () => (await coded.get("/session/status")).body.success, "the session to be connected")
    refused(await coded.post("/session/requestPairingCode", {}), 400, "phoneNumber is required")
    row(
      "POST",
      "/session/requestPairingCode",
      "partial",
      "`showNotification` is accepted, and the phone always shows one; the code is not repeated by itself"
    )
  })

  it("terminate logs it out and deletes it", async () => {
    exactly(await session.get("/session/terminate"), { success: true, message: "Logged out successfully" })
    exactly(await session.get("/session/status"), unknown)
    exactly(await get("/session/getSessions"), { success: true, result: ["codigo-1"] })
    row("GET", "/session/terminate", "yes")
  })

  it("terminateInactive ends those that are not connected, terminateAll every one", async () => {
    const flushed = { success: true, message: "Flush completed successfully" }
    await get("/session/start/inactiva")
    exactly(await get("/session/terminateInactive"), flushed)
    exactly(await get("/session/getSessions"), { success: true, result: ["codigo-1"] })
    exactly(await get("/session/terminateAll"), flushed)
    exactly(await get("/session/getSessions"), { success: true, result: [] })
    row("GET", "/session/terminateInactive", "yes")
    row("GET", "/session/terminateAll", "yes")
  })
})

describe("what the gateway answers by itself", () => {
  it("/localCallbackExample keeps what it gets, a line each", async () => {
    const callback = { dataType: "ready", sessionId: "ABCD" }
    exactly(await gateway.post("/localCallbackExample", callback, operator), { success: true })
    exactly(await gateway.post("/localCallbackExample", { ...callback, data: { a: 1 } }, operator), { success: true })
    expect(readFileSync(join(gateway.directory, "message_log.txt"), "utf8")).toBe(
      '{"dataType":"ready","sessionId":"ABCD"}\r\n{"dataType":"ready","sessionId":"ABCD","data":{"a":1}}\r\n'
    )
    refused(await gateway.post("/localCallbackExample", callback), 403, "Invalid API key")
    row(
      "POST",
      "/localCallbackExample",
      "partial",
      "with `ENABLE_LOCAL_CALLBACK_EXAMPLE=true`; the file is in `DATA_DIR`; a QR is not drawn on the terminal, where others may read it"
    )
  })

  it("/api-docs leads to the documentation, /dashboard to the gateway's page", async () => {
    const docs = await gateway.get("/api-docs")
    expect([docs.status, docs.headers.get("location")]).toEqual([302, "/docs/"])
    const page = await gateway.get("/dashboard/")
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"])
    row("GET", "/api-docs", "yes", "with `ENABLE_SWAGGER_ENDPOINT=true`; leads to `/docs`")
    row("GET", "/dashboard", "yes", "the gateway's own; `ENABLE_WEB_UI` is not needed")
  })
})

describe("with other settings", () => {
  it("BASE_PATH stands before every path, and routes that are not enabled are not there", async () => {
    await gateway.restart({
      BASE_PATH: "/api/whatsapp/",
      ENABLE_LOCAL_CALLBACK_EXAMPLE: "false",
      ENABLE_SWAGGER_ENDPOINT: "",
      ENABLE_WEBSOCKET: "FALSE"
    })
    exactly(await gateway.get("/api/whatsapp/ping"), { success: true, message: "pong" })
    exactly(await get("/api/whatsapp/session/getSessions"), { success: true, result: [] })
    expect((await gateway.get("/ping")).status).toBe(404)
    for (const path of ["/api-docs", "/dashboard", "/ws/ABCD"]) {
      refused(await get(`/api/whatsapp${path}`), 404, `Cannot GET /api/whatsapp${path}`)
    }
  })

  it("BASE_PATH stands before the WebSocket as well", async () => {
    await gateway.restart({ BASE_PATH: "/api/whatsapp" })
    await gateway.post("/v1/devices", { sessionId: "enlace" }, operator)
    const headers = { "x-api-key": OPERATOR_KEY }
    const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/api/whatsapp/ws/enlace`, { headers })
    await once(socket, "open")
    const told = once(socket, "message")
    await get("/api/whatsapp/session/start/enlace")
    const [frame] = (await told) as [Buffer]
    expect(JSON.parse(frame.toString())).toMatchObject({ dataType: "qr", sessionId: "enlace" })
    socket.terminate()
  })

  it("AUTO_START_SESSIONS=false connects no session until it is started", async () => {
    await gateway.restart({ BASE_PATH: "" })
    const late = new WwebjsClient(gateway, "tarde")
    await late.link((qr) => gateway.network.addPhone("51948907642").scanQr(qr))
    await gateway.restart({ AUTO_START_SESSIONS: "FALSE" })
    exactly(await late.get("/session/status"), { success: false, state: "OPENING", message: "session_not_connected" })
    exactly(await late.get("/session/start"), { success: true, message: "Session initiated successfully" })
    await until(async () => (await late.get("/session/status")).body.success, "the session to be connected")
  })
})

checkRows()
