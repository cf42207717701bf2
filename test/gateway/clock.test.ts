/** A gateway process whose wall clock is set while it runs. WhatsApp's clock is always right. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { until } from "../support/until.ts"
import { onNetwork, type RecordedJson } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { pdf } from "../support/sample-files.ts"
import { canSetClock, SetClock } from "../support/set-clock.ts"

const HOUR = 3_600_000
/** For what is compared with a clock that kept running. */
const NEARLY_MS = 15_000
const USER = "51910000001"
const NUMBERS = [USER, "51910000002", "51910000003"]
const BETO = "51999999999"

/** A gateway with connected devices, and everything around it. */
class Scene {
  readonly clock: SetClock
  readonly network: Network
  readonly gateway: GatewayProcess
  readonly #directory: string
  readonly #numbers: readonly string[]
  #token = ""

  private constructor(
    clock: SetClock,
    network: Network,
    gateway: GatewayProcess,
    directory: string,
    numbers: readonly string[]
  ) {
    this.clock = clock
    this.network = network
    this.gateway = gateway
    this.#directory = directory
    this.#numbers = numbers
  }

  static async start(
    numbers: readonly string[],
    setBy = 0,
    env: Readonly<Record<string, string>> = {}
  ): Promise<Scene> {
    const clock = new SetClock()
    clock.setBy(setBy)
    const network = await startNetwork({ prekeyCount: 50 })
    network.addContact(BETO, { behaviour: "silent" })
    const directory = mkdtempSync(join(tmpdir(), "bitacora-clock-"))
    const gateway = await GatewayProcess.start({
      DATA_DIR: directory,
      ...onNetwork(network),
      WA_KEEP_ALIVE_MS: "500",
      RETRY_FIRST_MS: "40",
      ...clock.env,
      ...env
    })
    const scene = new Scene(clock, network, gateway, directory, numbers)
    await scene.#connect()
    return scene
  }

  async #connect(): Promise<void> {
    this.#token = await this.gateway.user(USER)
    for (const number of this.#numbers) {
      const phone = this.network.addPhone(number)
      await this.gateway.link(this.#token, number, (qr) => phone.scanQr(qr))
    }
  }

  async post(path: string, body: unknown): Promise<unknown> {
    return (await this.gateway.post(path, body, { token: this.#token })).body
  }

  untilAllConnected(): Promise<void> {
    return this.gateway.untilAllConnected(this.#numbers.length, { token: this.#token })
  }

  events(): Promise<readonly RecordedJson[]> {
    return this.gateway.events(this.#token, USER)
  }

  /** The time that the process sees. */
  async time(): Promise<number> {
    const { timestamp } = (await this.gateway.get("/health")).body
    expect(timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    return Date.parse(timestamp)
  }

  /** Sends a message and waits for WhatsApp's ack. */
  async send(message: string): Promise<void> {
    const answer = await this.post("/api/send-message", { number: BETO, message })
    expect(answer).toMatchObject({ success: true })
  }

  /** Sends a file and waits for the outcome. */
  async sendFile(): Promise<unknown> {
    const media = pdf.toString("base64")
    const body = { number: BETO, mediatype: "document", media, filename: "a.pdf" }
    return this.post("/api/send-whatsap", body)
  }

  async end(): Promise<void> {
    const verdict = await this.gateway.get("/v1/audit/verify", { operator: true })
    expect(verdict.body).toMatchObject({ valid: true })
    const times = (await this.events()).map(({ recordedAt }) => recordedAt)
    expect(times).toEqual(times.toSorted())
    expect(await this.gateway.end("SIGTERM")).toBe(0)
    expect(this.network.stats().socketsAtOnce).toBe(1)
    await this.network.stop()
    this.clock[Symbol.dispose]()
    rmSync(this.#directory, { recursive: true })
  }
}

const rest = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.skipIf(!canSetClock)("a running gateway whose clock", () => {
  let scene: Scene

  beforeAll(async () => {
    scene = await Scene.start(NUMBERS)
  }, 60_000)
  afterAll(async () => scene.end(), 30_000)

  it.each<[string, (clock: SetClock) => void]>([
    ["is set forward by 2 h", (clock) => clock.setBy(2 * HOUR)],
    ["is set right again", (clock) => clock.setBy(0)],
    ["is set back by 2 h", (clock) => clock.setBy(-2 * HOUR)],
    ["is frozen", (clock) => clock.freezeAt(Date.now())]
  ])(
    "[DEV-2] [DEV-3] %s keeps its connections, sends, and reconnects a lost one in time",
    async (_what, set) => {
      const { connections } = scene.network.stats()
      const latest = Date.parse((await scene.events()).at(-1)?.recordedAt ?? "")
      set(scene.clock)
      expect(Math.abs((await scene.time()) - scene.clock.now)).toBeLessThan(NEARLY_MS)
      // Two pings of each connection.
      await rest(1_200)
      expect(scene.network.stats().connections).toBe(connections)
      await scene.send("hola")
      const sent = (await scene.events()).findLast(({ type }) => type === "message.sent")
      expect(Date.parse(sent?.recordedAt ?? "")).toBeGreaterThanOrEqual(latest)
      expect(Math.abs(Date.parse(sent?.recordedAt ?? "") - Math.max(latest, scene.clock.now))).toBeLessThan(NEARLY_MS)

      const losses = async () => (await scene.events()).filter(({ type }) => type === "connection.lost")
      const before = (await losses()).length
      scene.network.fault({ kind: "terminate", number: USER })
      await until(async () => (await losses()).length > before, "the loss")
      const lost = (await losses()).at(-1)
      expect(lost?.data.openMs).toBeGreaterThan(1_000)
      expect(lost?.data.openMs).toBeLessThan(60_000)
      await scene.untilAllConnected()
      await scene.send("again")
      expect(scene.network.stats().connections).toBe(connections + 1)
    },
    30_000
  )

  it("is earlier than the certificate of WhatsApp's media server reports that no file can be sent, and sends files once it is corrected", async () => {
    scene.clock.setBy(-2 * HOUR)
    expect(await scene.sendFile()).toMatchObject({ code: "not_sent" })
    await scene.send("a text can")
    scene.clock.setBy(0)
    expect(await scene.sendFile()).toMatchObject({ success: true })
  }, 30_000)
})

describe.skipIf(!canSetClock)("a gateway where summer time begins", () => {
  it.concurrent.each([
    ["America/New_York", "2027-03-14T07:00:00Z"],
    ["Europe/Madrid", "2027-03-28T01:00:00Z"]
  ])(
    "in %s keeps counting in UTC",
    async (zone, change) => {
      const starts = Date.parse(change) - 3_000
      const scene = await Scene.start([USER], starts - Date.now(), { TZ: zone })
      const { connections } = scene.network.stats()
      await scene.send("before")
      await until(async () => (await scene.time()) > Date.parse(change) + 200, "summer time")
      await scene.send("after")
      expect(scene.network.stats().connections).toBe(connections)
      const times = (await scene.events()).map(({ recordedAt }) => Date.parse(recordedAt))
      expect(times.at(0)).toBeGreaterThanOrEqual(starts)
      expect(times.at(-1)).toBeLessThan(starts + HOUR / 2)
      await scene.end()
    },
    60_000
  )
})
