/** A gateway that is killed again and again amid a bulk send. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"
import { until } from "../support/until.ts"

const KILLS = times(2, 5)
const MESSAGES = times(40, 1_000)
const ME = "51911000071"
const CONTACTS = ["51922000071", "51922000072", "51922000073"]

let network: Network
let directory: string
let gateway: GatewayProcess
let token: string

const start = () => GatewayProcess.start({ DATA_DIR: directory, ...onNetwork(network), RETRY_FIRST_MS: "50" })

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 200, log: () => {} })
  directory = mkdtempSync(join(tmpdir(), "bitacora-bulk-"))
  gateway = await start()
  const phone = network.addPhone(ME)
  for (const contact of CONTACTS) network.addContact(contact, { behaviour: "silent" })
  token = await gateway.user(ME)
  await gateway.link(token, ME, (qr) => phone.scanQr(qr))
})
afterAll(async () => {
  await gateway.end("SIGTERM")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

const received = () => CONTACTS.flatMap((contact) => network.contact(contact).inbox.map(({ text }) => text ?? ""))

it(
  "[OUT-6] each message arrives once, in order, at the pace that was ordered",
  async () => {
    const messages = Array.from({ length: MESSAGES }, (_, n) => ({
      to: CONTACTS[n % CONTACTS.length] ?? "",
      text: `mensaje ${n}`
    }))
    const pacing = { perMinute: 600, gapSeconds: { min: 0, max: 0.1 } }
    const created = await gateway.post(`/v1/devices/${ME}/bulk-sends`, { pacing, messages }, { token })
    expect(created.status).toBe(201)
    const path = `/v1/devices/${ME}/bulk-sends/${created.body.id}`
    const begunAt = performance.now()
    for (let kill = 1; kill <= KILLS; kill++) {
      const enough = (kill * MESSAGES) / (KILLS + 1)
      await until(() => received().length >= enough, `message ${enough}`, 120_000)
      await gateway.end("SIGKILL")
      gateway = await start()
    }
    const bulk = async () => (await gateway.get(path, { token })).body
    await until(async () => (await bulk()).state === "finished", "the end of the bulk send", 120_000)
    expect((await bulk()).counts).toEqual({ waiting: 0, accepted: MESSAGES, failed: 0, canceled: 0 })
    await until(() => received().length >= MESSAGES, "the last message")
    expect(received().toSorted()).toEqual(messages.map(({ text }) => text).toSorted())
    for (const contact of CONTACTS) {
      const numbers = network.contact(contact).inbox.map(({ text }) => Number(text?.split(" ")[1]))
      expect(numbers).toEqual(numbers.toSorted((one, other) => one - other))
    }
    // 600 a minute are a message each 100 ms, or more where the machine is slow.
    expect(performance.now() - begunAt).toBeGreaterThan((MESSAGES - 1) * 100)
  },
  times(120_000, 600_000)
)
