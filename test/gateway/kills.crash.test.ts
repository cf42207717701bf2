/** The whole gateway, as a process, killed again and again while clients send and repeat themselves until they are answered. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { until } from "../support/gateway.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"

const KILLS = times(2, 25)
const OPERATOR_KEY = "operator-key-for-tests"
const NUMBERS = ["51910000001", "51910000002", "51910000003"]
const CLIENTS_OF_EACH = 3
const CONTACT = "51999999999"

interface Accepted {
  readonly text: string
  readonly messageId: string
}

let network: Network
let directory: string
let gateway: GatewayProcess
const devices: string[] = []

const start = () =>
  GatewayProcess.start({
    DATA_DIR: directory,
    API_KEY: OPERATOR_KEY,
    SANDBOX: "1",
    WA_URL: network.url,
    WA_ROOT_KEY: network.rootKey,
    WA_CA_FILE: network.caFile,
    RETRY_FIRST_MS: "50",
    RATE_LIMIT_MAX: "100000"
  })

const ask = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  const response = await fetch(gateway.url + path, {
    method,
    headers: { "x-api-key": OPERATOR_KEY, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) })
  })
  // oxlint-disable-next-line typescript/no-explicit-any -- read by those who know what they asked for
  return { status: response.status, body: (await response.json()) as any }
}

const allConnected = () =>
  until(
    async () => {
      const { body } = await ask("GET", "/v1/devices")
      return body.items.filter(({ state }: { state: string }) => state === "CONNECTED").length === NUMBERS.length
    },
    "all devices to be connected",
    30_000
  )

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 100 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-kills-"))
  gateway = await start()
  for (const number of NUMBERS) {
    network.addPhone(number)
    const { body } = await ask("POST", "/v1/devices", { number })
    devices.push(body.id)
    await ask("POST", `/v1/devices/${body.id}/start`, {})
    const code = await ask("POST", `/v1/devices/${body.id}/pairing-code`, { number })
    await network.phone(number).enterCode(code.body.code)
  }
  await allConnected()
}, 60_000)
afterAll(async () => {
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends one message after the other, each with a key of its own, and again until it is answered with an id. */
const client = async (device: string, isOver: () => boolean, accepted: Accepted[]): Promise<void> => {
  while (!isOver()) {
    const text = `message ${randomUUID()}`
    const headers = { "idempotency-key": randomUUID() }
    for (;;) {
      try {
        const { status, body } = await ask("POST", `/v1/devices/${device}/messages`, { to: CONTACT, text }, headers)
        if (status === 200 || status === 202) {
          accepted.push({ text, messageId: body.id })
          break
        }
        expect([409, 503, 504]).toContain(status)
      } catch (failure) {
        if (!(failure instanceof TypeError || failure instanceof SyntaxError)) throw failure
      }
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

it(
  `[OUT-1] [OUT-2] [OUT-4] [LOG-1] after ${KILLS} kills, what was accepted arrived, once, under the id that the client was told`,
  async () => {
    const accepted: Accepted[] = []
    let isOver = false
    const clients = devices.flatMap((device) =>
      Array.from({ length: CLIENTS_OF_EACH }, () => client(device, () => isOver, accepted))
    )
    for (let kill = 0; kill < KILLS; kill++) {
      await allConnected()
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500))
      await gateway.end("SIGKILL")
      gateway = await start()
    }
    isOver = true
    await Promise.all(clients)
    expect(accepted.length).toBeGreaterThan(KILLS * NUMBERS.length)

    const arrived = () => Map.groupBy(network.contact(CONTACT).inbox, ({ text }) => text ?? "")
    await until(() => accepted.every(({ text }) => arrived().has(text)), "every accepted message to arrive", 30_000)
    const inbox = arrived()
    for (const { text, messageId } of accepted) expect(inbox.get(text)?.map(({ id }) => id)).toEqual([messageId])
    for (const copies of inbox.values()) expect(copies).toHaveLength(1)
    expect(network.stats().socketsAtOnce).toBe(1)

    await until(
      async () => {
        for (const { messageId } of accepted) {
          if ((await ask("GET", `/v1/messages/${messageId}`)).body.status === "queued") return false
        }
        return true
      },
      "WhatsApp's word on every message",
      30_000
    )
    expect((await ask("GET", "/v1/audit/verify")).body).toMatchObject({ valid: true, complete: true })
  },
  times(60_000, 300_000)
)
