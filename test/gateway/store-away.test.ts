/** The whole gateway on its own MariaDB server, which is killed, frozen and restarted. */
import { rmSync } from "node:fs"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { isMariadbHere } from "../support/dialects.ts"
import { TestGateway } from "../support/gateway.ts"
import { until } from "../support/until.ts"
import { MariadbServer } from "../support/mariadb-server.ts"
import { times } from "../support/soak.ts"

const ME = "51911000001"
const BETO = "51922000001"
const RETRY_MS = 5_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.skipIf(!isMariadbHere)("a gateway on MariaDB", () => {
  let server: MariadbServer
  let gateway: TestGateway
  let token: string

  beforeAll(async () => {
    server = await MariadbServer.start()
    gateway = await TestGateway.start({
      env: { DATABASE_URL: `mysql://root@127.0.0.1:${server.port}/bitacora_test`, RETRY_FIRST_MS: "40" },
      network: { prekeyCount: 50 }
    })
    token = await gateway.user(ME)
    gateway.network.addContact(BETO, { behaviour: "silent", name: "Beto" })
    await gateway.connect(token, ME)
    await gateway.untilSynced(token, ME)
  }, 60_000)
  afterAll(async () => {
    await gateway.network.stop()
    rmSync(gateway.directory, { recursive: true, force: true })
    await server[Symbol.asyncDispose]()
  })

  const send = (message: string) => gateway.post("/api/send-message", { number: BETO, message }, { token })
  const events = () => gateway.events(token, ME)
  const beto = () => gateway.network.contact(BETO)
  const inbox = () => beto().inbox.map((message) => message.text)
  const arrived = async (text: string) =>
    (await events()).filter(({ type, data }) => type === "message.received" && data.content.text === text)
  const connectionEvents = async () => (await events()).filter(({ type }) => type.startsWith("connection.")).length

  /** Sends until a message is accepted again. Returns after how many milliseconds. */
  const untilItSends = async (message: string): Promise<number> => {
    const start = Date.now()
    await until(async () => (await send(message)).status === 200, `${message} to be sent`, 20_000)
    return Date.now() - start
  }

  it("links a phone, sends, receives, and continues after a restart", async () => {
    expect((await send("hola")).body).toMatchObject({ success: true, to: BETO })
    await beto().send(ME, { text: "qué tal" })
    await until(async () => (await arrived("qué tal")).length === 1, "the answer")
    await gateway.restart()
    await gateway.untilState(token, ME, "CONNECTED")
    expect((await send("de nuevo")).status).toBe(200)
    expect(inbox()).toEqual(["hola", "de nuevo"])
  }, 30_000)

  it("[DEV-4] whose database is killed responds 503 with Retry-After, keeps its socket, and loses nothing", async () => {
    const before = await connectionEvents()
    await server.kill()
    const refused = await send("to nobody")
    expect(refused.status).toBe(503)
    expect(refused.body).toEqual({ error: "Servicio no disponible" })
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0)
    expect((await gateway.get(`/v1/devices/${ME}`, { token })).status).toBe(503)
    expect((await gateway.get("/health")).status).toBe(503)
    await beto().send(ME, { text: "while it was away" })
    await pause(times(3_000, 20_000))
    // WhatsApp still holds the message, because it was not confirmed.
    expect(gateway.network.stats().stanzasWaiting).toBeGreaterThan(0)

    await server.start()
    expect(await untilItSends("back again")).toBeLessThan(RETRY_MS)
    await until(async () => (await arrived("while it was away")).length > 0, "the message of the contact")
    await until(() => gateway.network.stats().stanzasWaiting === 0, "everything to be confirmed")
    expect(await arrived("while it was away")).toHaveLength(1)
    expect(await connectionEvents()).toBe(before)
    expect(inbox()).not.toContain("to nobody")
  }, 90_000)

  it("whose database hangs responds within a bounded time, and continues when the database does", async () => {
    const before = await connectionEvents()
    server.freeze()
    const start = Date.now()
    expect((await send("to nobody either")).status).toBe(503)
    expect(Date.now() - start).toBeLessThan(15_000)
    server.thaw()
    expect(await untilItSends("it moves")).toBeLessThan(RETRY_MS)
    expect(await connectionEvents()).toBe(before)
  }, 60_000)

  it("whose database is away for long closes its sockets, and reopens them on its own", async () => {
    await gateway.restart({ STORE_PATIENCE_MS: "500" })
    await gateway.untilState(token, ME, "CONNECTED")
    const { connections } = gateway.network.stats()
    await server.kill()
    await beto().send(ME, { text: "after a long time" })
    await pause(2_500)
    await server.start()
    expect(await untilItSends("after a long time")).toBeLessThan(2 * RETRY_MS)
    expect(gateway.network.stats().connections).toBeGreaterThan(connections)
    expect((await events()).some(({ type }) => type === "connection.lost")).toBe(true)
    await until(() => gateway.network.stats().stanzasWaiting === 0, "everything to be confirmed")
    expect(await arrived("after a long time")).toHaveLength(1)
    expect(gateway.network.stats()).toMatchObject({ socketsAtOnce: 1, duplicateMessageIds: 0 })
  }, 60_000)

  it("whose database is away stops in order, within a bounded time", async () => {
    await gateway.restart({ SHUTDOWN_TIMEOUT_MS: "1000" })
    await gateway.untilState(token, ME, "CONNECTED")
    await server.kill()
    const start = Date.now()
    await gateway.gateway.stop()
    expect(Date.now() - start).toBeLessThan(10_000)
    expect(gateway.network.stats().socketsOpen).toBe(0)
    await server.start()
  }, 60_000)
})
