import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"

const DEVICES = 20
const USERS = ["51900000001", "51900000002"]
const CONTACT = "51999999999"

let network: Network
let directory: string
let gateway: GatewayProcess
const tokens: string[] = []

const numbersOf = (user: number): string[] =>
  Array.from({ length: DEVICES / USERS.length }, (_, i) => `5191${user}${String(i).padStart(6, "0")}`)

const env = () => ({
  DATA_DIR: directory,
  ...onNetwork(network)
})

const allConnected = () => gateway.untilAllConnected(DEVICES, { operator: true }, 40_000)

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 100 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-restart-"))
  gateway = await GatewayProcess.start(env())
  for (const [user, numero] of USERS.entries()) {
    const token = await gateway.user(numero)
    tokens.push(token)
    for (const number of numbersOf(user)) {
      const phone = network.addPhone(number)
      await gateway.link(token, number, (qr) => phone.scanQr(qr))
    }
  }
  await allConnected()
}, 120_000)

afterAll(async () => {
  await gateway.end("SIGKILL")
  expect(network.unknownIqs).toEqual([])
  expect(network.stats().socketsAtOnce).toBe(1)
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe.each([
  ["SIGTERM", "shutdown"],
  ["SIGKILL", "crash"]
] as const)("%s", (signal, cause) => {
  it(`ends the process; after the next start all ${DEVICES} devices reconnect without a QR, and the log records what happened`, async () => {
    const qrsBefore = await countEvents("pairing.qr_issued")
    const code = await gateway.end(signal)
    expect(code).toBe(signal === "SIGTERM" ? 0 : null)
    gateway = await GatewayProcess.start(env())
    await allConnected()
    expect(await countEvents("pairing.qr_issued")).toBe(qrsBefore)
    for (const [user, token] of tokens.entries()) {
      for (const number of numbersOf(user)) {
        const events = await gateway.events(token, number)
        const last = events.findLastIndex(({ type }) => type === "connection.interrupted")
        expect(events[last]).toMatchObject({ to: "RECONNECTING", data: { cause } })
        expect(events.slice(last + 1).map(({ type }) => type)).toEqual(
          expect.arrayContaining(["connection.retried", "connection.opened"])
        )
      }
    }
  }, 60_000)

  it("leaves devices that can send", async () => {
    const [number] = numbersOf(1)
    const { body: answer } = await gateway.post(
      "/api/send-message",
      { number: CONTACT, message: `after ${signal}`, fromNumber: number },
      { token: tokens[1] ?? "" }
    )
    expect(answer).toMatchObject({ success: true, from: number, to: CONTACT })
  })
})

const countEvents = async (type: string): Promise<number> => {
  let count = 0
  for (const [user, token] of tokens.entries()) {
    for (const number of numbersOf(user)) {
      count += (await gateway.events(token, number)).filter((event) => event.type === type).length
    }
  }
  return count
}
