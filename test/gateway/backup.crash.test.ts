/** Backups of a gateway process that receives and sends meanwhile, and a gateway that is started from one. */
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { filesWith } from "../support/files-with.ts"
import { until } from "../support/until.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { runScript } from "../support/run-script.ts"
import { times } from "../support/soak.ts"

const BACKUPS = times(1, 20)
const NUMBERS = ["51910000001", "51910000002"]
const CONTACT = "51999999999"
const ERASED = "a sentence that must not be readable again"

let network: Network
let directory: string
let shelf: string
let gateway: GatewayProcess

const env = (at: string) => ({
  DATA_DIR: at,
  ...onNetwork(network),
  RETRY_FIRST_MS: "50",
  RATE_LIMIT_MAX: "100000"
})

const operator = { operator: true }
const allConnected = () => gateway.untilAllConnected(NUMBERS.length, operator)
const message = (id: string) => gateway.get(`/v1/messages/${id}`, operator)
const verdict = () => gateway.get("/v1/audit/verify", operator)
const send = (from: string, text: string) =>
  gateway.post(`/v1/devices/${from}/messages`, { to: CONTACT, text }, operator)

beforeAll(async () => {
  network = await startNetwork({ prekeyCount: 100 })
  network.addContact(CONTACT, { behaviour: "silent" })
  directory = mkdtempSync(join(tmpdir(), "bitacora-backup-"))
  shelf = mkdtempSync(join(tmpdir(), "bitacora-shelf-"))
  gateway = await GatewayProcess.start(env(directory))
  for (const number of NUMBERS) {
    const phone = network.addPhone(number)
    await gateway.linkByCode(number, (code) => phone.enterCode(code))
  }
}, 60_000)
afterAll(async () => {
  await gateway.end("SIGKILL")
  await network.stop()
  for (const each of [directory, shelf]) rmSync(each, { recursive: true, force: true })
})

it(
  "[LOG-10] a backup under load verifies, contains everything acknowledged before and nothing erased, and a gateway continues from it",
  async () => {
    const { body: secret } = await send(NUMBERS[0] ?? "", ERASED)
    await until(
      async () => (await gateway.call("DELETE", `/v1/messages/${secret.id}/content`, operator)).status < 300,
      "a message to be erased"
    )

    const acknowledged: string[] = []
    const load = { isOver: false }
    const client = async (from: string) => {
      for (let count = 0; !load.isOver; count++) {
        const { status, body } = await send(from, `${from} ${count}`)
        expect(status).toBe(202)
        acknowledged.push(body.id)
      }
    }
    const contact = async () => {
      for (let count = 0; !load.isOver; count++) {
        for (const number of NUMBERS) await network.contact(CONTACT).send(number, { text: `incoming ${count}` })
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const working = Promise.all([...NUMBERS.map(client), contact()])

    let last: { readonly folder: string; readonly acknowledged: readonly string[] } | undefined
    for (let count = 0; count < BACKUPS; count++) {
      const folder = join(shelf, String(count))
      await until(() => acknowledged.length > count * 20 + 20, "more messages")
      const before = [...acknowledged]
      const made = await runScript("bitacora.js", ["backup", folder, "--with-keys"], { DATA_DIR: directory })
      expect(made).toMatchObject({ code: 0, err: "" })
      expect(acknowledged.length).toBeGreaterThan(before.length)
      const { position, hash, keys } = JSON.parse(made.out)
      expect(keys).toEqual(
        ["master.key", "audit.key", "operator.key"].filter((key) => existsSync(join(directory, key)))
      )
      expect(keys).toContain("master.key")
      const verified = await runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: folder })
      expect(JSON.parse(verified.out)).toMatchObject({ valid: true, complete: true, to: position, head: { hash } })
      const exported = await runScript("bitacora.js", ["export", "--type", "message.queued"], {
        DATA_DIR: folder
      })
      expect(before.filter((id) => !exported.out.includes(`"${id}"`))).toEqual([])
      expect(filesWith(folder, ERASED)).toEqual([])
      last = { folder, acknowledged: before }
    }
    load.isOver = true
    await working

    await gateway.end("SIGTERM")
    gateway = await GatewayProcess.start(env(last?.folder ?? ""))
    await allConnected()
    for (const id of last?.acknowledged ?? []) expect((await message(id)).status).toBe(200)
    const { body: next } = await send(NUMBERS[0] ?? "", "from the backup")
    await until(async () => (await message(next.id)).body.sentAt, "WhatsApp's word")
    expect((await verdict()).body).toMatchObject({ valid: true, complete: true })
  },
  times(60_000, 300_000)
)
