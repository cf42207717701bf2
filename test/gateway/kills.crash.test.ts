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
const CLIENTS_OF_EACH = 3
const CONTACT = "51999999999"

/** A client of one dialect that sends with a key. Returns the message's id, or undefined when it has to repeat the request. */
interface Sender {
  readonly dialect: "v1" | "whatsapp25"
  readonly send: (text: string, key: string) => Promise<string | undefined>
}

interface Accepted {
  readonly dialect: Sender["dialect"]
  readonly text: string
  readonly messageId: string
}

let network: Network
let directory: string
let gateway: GatewayProcess
const senders: Sender[] = []

const start = () =>
  GatewayProcess.start({
    DATA_DIR: directory,
    ...onNetwork(network),
    RETRY_FIRST_MS: "50",
    RATE_LIMIT_MAX: "100000"
  })

const operator = { operator: true }
const allConnected = () => gateway.untilAllConnected(senders.length, operator)

/** Links a device over /v1 and sends from it as the operator. */
const v1 = async (number: string): Promise<Sender> => {
  const phone = network.addPhone(number)
  const device = await gateway.linkByCode(number, (code) => phone.enterCode(code))
  return {
    dialect: "v1",
    send: async (text, key) => {
      const options = { ...operator, headers: { "idempotency-key": key } }
      const { status, body } = await gateway.post(`/v1/devices/${device}/messages`, { to: CONTACT, text }, options)
      if (status === 200 || status === 202) return body.id
      expect([409, 503, 504]).toContain(status)
      return undefined
    }
  }
}

/** Registers a user, links a device and sends from it as clients of WHATSAPP25 do, which wait for WhatsApp's ack. */
const whatsapp25 = async (number: string): Promise<Sender> => {
  const phone = network.addPhone(number)
  const token = await gateway.user(number)
  await gateway.link(token, number, (qr) => phone.scanQr(qr))
  return {
    dialect: "whatsapp25",
    send: async (message, key) => {
      const options = { token, headers: { "idempotency-key": key } }
      const { status, body } = await gateway.post("/api/send-message", { number: CONTACT, message }, options)
      if (status === 200) return body.messageId
      const isNotReady = status === 400 && body.error === "Sesión de WhatsApp no lista"
      if (!isNotReady) expect([503, 504]).toContain(status)
      return undefined
    }
  }
}

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 100 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-kills-"))
  gateway = await start()
  for (const number of ["51910000001", "51910000002"]) senders.push(await v1(number))
  for (const number of ["51910000003", "51910000004"]) senders.push(await whatsapp25(number))
}, 60_000)
afterAll(async () => {
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

/** Sends one message after the other, each with its own key, and repeats it until the response names an id. */
const client = async ({ dialect, send }: Sender, isOver: () => boolean, accepted: Accepted[]): Promise<void> => {
  while (!isOver()) {
    const text = `message ${randomUUID()}`
    const key = randomUUID()
    const messageId = await until(() => send(text, key).catch(unlessBrokenOff), "a response with an id", 60_000)
    accepted.push({ dialect, text, messageId })
  }
}

/** The gateway was killed before or during its response. */
const unlessBrokenOff = (failure: unknown): undefined => {
  if (!(failure instanceof TypeError || failure instanceof SyntaxError)) throw failure
  return undefined
}

it(
  `[OUT-1] [OUT-2] [OUT-4] [LOG-1] after ${KILLS} kills, every accepted message of each dialect arrived once, under the id that its client got`,
  async () => {
    const accepted: Accepted[] = []
    let isOver = false
    const clients = senders.flatMap((sender) =>
      Array.from({ length: CLIENTS_OF_EACH }, () => client(sender, () => isOver, accepted))
    )
    for (let kill = 0; kill < KILLS; kill++) {
      await allConnected()
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 500))
      await gateway.end("SIGKILL")
      gateway = await start()
    }
    isOver = true
    await Promise.all(clients)
    for (const dialect of ["v1", "whatsapp25"]) {
      expect(accepted.filter((each) => each.dialect === dialect).length).toBeGreaterThan(KILLS * CLIENTS_OF_EACH)
    }

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
      "WhatsApp's ack of every message",
      30_000
    )
    expect((await gateway.get("/v1/audit/verify", operator)).body).toMatchObject({ valid: true, complete: true })
  },
  times(60_000, 300_000)
)
