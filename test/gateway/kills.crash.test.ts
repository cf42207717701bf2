/** The whole gateway as a process that is killed again and again, while clients send and repeat until they get a response. */
import { randomUUID } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { until } from "../support/until.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"

const KILLS = times(2, 25)
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
    ...onNetwork(network),
    RETRY_FIRST_MS: "50",
    RATE_LIMIT_MAX: "100000"
  })

const operator = { operator: true }
const allConnected = () => gateway.untilAllConnected(NUMBERS.length, operator)

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 100 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-kills-"))
  gateway = await start()
  for (const number of NUMBERS) {
    const phone = network.addPhone(number)
    devices.push(await gateway.linkByCode(number, (code) => phone.enterCode(code)))
  }
}, 60_000)
afterAll(async () => {
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends one message after the other, each with its own key, and repeats it until the response names an id. */
const client = async (device: string, isOver: () => boolean, accepted: Accepted[]): Promise<void> => {
  while (!isOver()) {
    const text = `message ${randomUUID()}`
    const headers = { "idempotency-key": randomUUID() }
    for (;;) {
      try {
        const { status, body } = await gateway.post(
          `/v1/devices/${device}/messages`,
          { to: CONTACT, text },
          { ...operator, headers }
        )
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
  `[OUT-1] [OUT-2] [OUT-4] [LOG-1] after ${KILLS} kills, every accepted message arrived, once, under the id that the client got`,
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
          if ((await gateway.get(`/v1/messages/${messageId}`, operator)).body.status === "queued") return false
        }
        return true
      },
      "WhatsApp's word on every message",
      30_000
    )
    expect((await gateway.get("/v1/audit/verify", operator)).body).toMatchObject({ valid: true, complete: true })
  },
  times(60_000, 300_000)
)
