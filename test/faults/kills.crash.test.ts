import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { until } from "../support/until.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { times } from "../support/soak.ts"

const KILLS = times(3, 50)
const USER = "51900000001"
const NUMBER = "51911000001"
const CONTACTS = ["51922000001", "51922000002", "51922000003"]
/** Slow enough for the network to keep what waits, which is bounded. */
const WRITES_EVERY_MS = 120
/** How long a gateway lives from its first connection on: a random time up to this. */
const LIFE_MAX_MS = 600

let network: Network
let directory: string
let gateway: GatewayProcess
let token: string

const env = () => ({
  DATA_DIR: directory,
  ...onNetwork(network),
  RETRY_FIRST_MS: "50"
})

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 50 })
  for (const contact of CONTACTS) network.addContact(contact, { behaviour: "silent" })
  network.addPhone(NUMBER)
  directory = mkdtempSync(join(tmpdir(), "bitacora-kills-"))
  gateway = await GatewayProcess.start(env())
  token = await gateway.user(USER)
  await gateway.link(token, NUMBER, (qr) => network.phone(NUMBER).scanQr(qr))
  // Otherwise the phone would confirm messages that the gateway does not have.
  network.phone(NUMBER).setOnline(false)
}, 60_000)
afterAll(async () => {
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(directory, { recursive: true, force: true })
})

const received = async (): Promise<readonly string[]> =>
  (await gateway.events(token, NUMBER))
    .filter(({ type }) => type === "message.received")
    .map(({ data }) => data.messageId)

/** The ids of messages whose delivery was reported to the contacts. */
const confirmed = (): readonly string[] =>
  CONTACTS.flatMap((contact) => network.contact(contact).receipts)
    .filter(({ type }) => type !== "retry")
    .map(({ id }) => id)

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe(`a gateway that is killed ${KILLS} times while contacts write`, () => {
  it("[DEV-4] has recorded every message whose delivery its sender saw, and in the end every message, each once", {
    timeout: 90_000 + KILLS * 10_000
  }, async () => {
    const written: string[] = []
    const over = new AbortController()
    const writing = CONTACTS.map(async (contact) => {
      for (let i = 0; !over.signal.aborted; i++) {
        written.push(await network.contact(contact).send(NUMBER, { text: `${contact} ${i}` }))
        await pause(WRITES_EVERY_MS)
      }
    })
    for (let kill = 1; kill <= KILLS; kill++) {
      await pause(Math.random() * LIFE_MAX_MS)
      await gateway.end("SIGKILL")
      const told = confirmed()
      gateway = await GatewayProcess.start(env())
      const there = new Set(await received())
      expect(
        told.filter((id) => !there.has(id)),
        `confirmed and not in the log after kill ${kill}`
      ).toEqual([])
      await gateway.untilAllConnected(1, { token })
    }
    over.abort()
    await Promise.all(writing)
    // No message waits for the gateway: it has received and handled every one.
    await until(() => network.phone(NUMBER).companions.every(({ waiting }) => waiting === 0), "calm", 120_000)
    const there = await received()
    const known = new Set(there)
    expect(written.filter((id) => !known.has(id))).toEqual([])
    expect(there.length, "each once").toBe(known.size)
    expect(written.length).toBeGreaterThan(KILLS)
  })
})

describe("a gateway that is killed after it decrypted a message and before it recorded it", () => {
  it("[DEV-4] has not used up the message's keys: the message comes again and is decrypted", async () => {
    using database = new DatabaseSync(join(directory, "bitacora.db"), { timeout: 5_000 })
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON event_log WHEN NEW.type = 'message.received'
      BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`)
    const { retryReceipts } = network.stats()
    const id = await network.contact(CONTACTS[0] ?? "").send(NUMBER, { text: "a la segunda" })
    const isInTransit = () => network.phone(NUMBER).companions.some(({ waiting }) => waiting === 1)
    await until(isInTransit, "the message to be in transit")
    // The gateway decrypts it within milliseconds.
    await pause(500)
    await gateway.end("SIGKILL")
    database.exec("DROP TRIGGER refuse")
    gateway = await GatewayProcess.start(env())
    await until(async () => (await received()).includes(id), "the message")
    expect(network.stats().retryReceipts).toBe(retryReceipts)
  }, 30_000)
})

describe("a gateway that is killed after it confirmed a part of the phone's history and before it recorded it", () => {
  const OTHER = "51911000002"
  const TEXTS = ["hace tiempo", "y después"]

  it("[DEV-4] keeps the part: the next start records its messages, each once", async () => {
    const phone = network.addPhone(OTHER)
    phone.setHistory(TEXTS.map((text, i) => ({ with: CONTACTS[0] ?? "", text, at: 1_700_000_000 + i })))
    using database = new DatabaseSync(join(directory, "bitacora.db"), { timeout: 5_000 })
    database.exec(`CREATE TRIGGER refuse BEFORE INSERT ON event_log WHEN NEW.type = 'history.synced'
      BEGIN SELECT RAISE(ABORT, 'refused by a test'); END`)
    await gateway.link(token, OTHER, (qr) => phone.scanQr(qr))
    await until(
      () => phone.companions.length === 1 && phone.companions[0]?.waiting === 0,
      "the phone to get the confirmation"
    )
    // The part is confirmed, fetched and raised within milliseconds.
    await pause(1_000)
    await gateway.end("SIGKILL")
    database.exec("DROP TRIGGER refuse")
    const texts = async () =>
      (await gateway.events(token, OTHER))
        .filter(({ type }) => type === "history.synced")
        .flatMap(({ data }) => data.messages)
        .map(({ content }) => content.text)
    for (let start = 1; start <= 2; start++) {
      gateway = await GatewayProcess.start(env())
      await gateway.untilAllConnected(2, { token })
      await until(async () => (await texts()).length > 0, "the history")
      if (start === 1) await gateway.end("SIGKILL")
    }
    const kept = database.prepare("SELECT COUNT(*) AS count FROM auth_state WHERE category = 'history-part'")
    await until(() => kept.get()?.count === 0, "the kept part to be deleted")
    expect(await texts()).toEqual(TEXTS)
  }, 40_000)
})
