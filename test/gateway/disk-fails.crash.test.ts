/** The whole gateway on a failing disk (EIO): at one of its writes or syncs, or at all of them for a while. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"
import { canTrace, Failing, type InputOutputError } from "../support/system-calls.ts"

const ME = "51911000001"
const BETO = "51922000001"
/** The sample tests only every n-th point, and other points each day. */
const EVERY = { pwrite64: times(11, 1), fsync: times(2, 1) } as const

describe.skipIf(!canTrace)("a gateway whose disk fails", () => {
  let directory: string
  let network: Network
  let gateway: GatewayProcess
  let token: string
  let messages = 0
  const accepted: string[] = []

  const get = (path: string) => gateway.get(path, { token })
  const send = (text: string) =>
    gateway.post(`/v1/devices/${ME}/messages`, { to: BETO, text }, { token, headers: { "idempotency-key": text } })

  beforeAll(async () => {
    network = await startNetwork({ prekeyCount: 50 })
    network.addContact(BETO, { behaviour: "silent" })
    network.addPhone(ME)
    directory = mkdtempSync(join(tmpdir(), "bitacora-eio-"))
    gateway = await GatewayProcess.start({
      DATA_DIR: directory,
      ...onNetwork(network),
      LOG_LEVEL: "silent",
      RETRY_FIRST_MS: "40"
    })
    token = await gateway.user(ME)
    await gateway.link(token, ME, (qr) => network.phone(ME).scanQr(qr))
    await gateway.untilSynced(token, ME)
  }, 60_000)

  afterAll(async () => {
    const { body } = await get(`/v1/devices/${ME}/verify`)
    expect(body).toMatchObject({ valid: true })
    expect(await gateway.end("SIGTERM")).toBe(0)
    expect(network.stats()).toMatchObject({ duplicateMessageIds: 0, socketsAtOnce: 1 })
    await network.stop()
    rmSync(directory, { recursive: true })
  }, 30_000)

  /** Sends like a client that retries, until the message is accepted. Returns the responses until then. */
  const persist = async (text: string): Promise<readonly number[]> => {
    const told: number[] = []
    await until(async () => {
      const { status, body } = await send(text)
      told.push(status)
      if (status === 202) accepted.push(body.id)
      return status === 202
    }, "a message to be accepted")
    return told
  }

  /** Everything that was sent and received is there, once each. */
  const isWhole = async (received: string): Promise<void> => {
    const inbox = () => network.contact(BETO).inbox.map(({ id }) => id)
    await until(() => accepted.every((id) => inbox().includes(id)), "what was accepted to arrive")
    expect(new Set(inbox()).size).toBe(inbox().length)
    await until(async () => (await get(`/v1/messages/${received}`)).status === 200, "what was sent to us")
  }

  /** Sends one message and receives one while a write or a sync fails. Returns whether one failed. */
  const live = async (error: InputOutputError): Promise<boolean> => {
    await using failing = await Failing.attach(gateway.pid, error, join(directory, "trace"))
    const text = `text-${++messages}`
    const received = await network.contact(BETO).send(ME, { text })
    for (const status of await persist(text)) expect([202, 409, 503]).toContain(status)
    await isWhole(received)
    return (await failing.end()) > 0
  }

  it.each(["pwrite64", "fsync"] as const)(
    "[LOG-1] [OUT-1] [OUT-4] [DEV-4] at any %s continues, and loses or doubles nothing that was accepted or received",
    async (name) => {
      const offset = Math.floor(Date.now() / 86_400_000) % EVERY[name]
      let when = 1 + offset
      while (await live({ call: name, when: String(when) })) when += EVERY[name]
      expect(when).toBeGreaterThan(1 + offset)
    },
    times(60_000, 600_000)
  )

  it("[LOG-1] [OUT-1] [DEV-4] for a while responds 503 and serves reads, then continues on its own", async () => {
    await using failing = await Failing.attach(gateway.pid, { call: "fsync", when: "1+" }, join(directory, "trace"))
    const received = await network.contact(BETO).send(ME, { text: "while it failed" })
    expect(await send("refused")).toMatchObject({ status: 503, body: { code: "store-unavailable" } })
    expect(await gateway.post("/api/send-message", { number: BETO, message: "hola" }, { token })).toMatchObject({
      status: 503,
      body: { error: "Servicio no disponible" }
    })
    expect((await get(`/v1/devices/${ME}`)).status).toBe(200)
    expect(await failing.end()).toBeGreaterThan(0)
    expect((await persist("refused")).at(-1)).toBe(202)
    await isWhole(received)
  }, 60_000)
})
