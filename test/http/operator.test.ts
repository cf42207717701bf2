/** What the operator sees and starts, on both databases: the system, users with their devices, backups, what is kept, the signed head. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readSignedHead } from "../../src/store/audit/signed-head.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { TestGateway } from "../support/gateway.ts"
import { runScript } from "../support/run-script.ts"
import { until } from "../support/until.ts"

const operator = { operator: true }
const ME = "51944444501"

describe.each(dialects)("the operator on $name", (dialect) => {
  let database: TestDatabase
  let gateway: TestGateway
  let token: string

  beforeAll(async () => {
    database = await dialect.create()
    const kept = { RETENTION: "message.received=90d,files=30d,envelopes=730d", BACKUPS_MAX: "2", BACKUP_FREE_MIN: "0" }
    gateway = await TestGateway.start({ env: { ...database.env, ...kept } })
    token = await gateway.user(ME)
    await gateway.connect(token, ME)
  })
  afterAll(async () => {
    await gateway[Symbol.asyncDispose]()
    await database.drop()
  })

  const system = async () => (await gateway.get("/v1/system", operator)).body
  const backups = async () => (await gateway.get("/v1/backups", operator)).body

  it.each(["/v1/system", "/v1/backups", "/v1/retention"])("%s is for the operator only", async (path) => {
    const { status, body } = await gateway.get(path, { token })
    expect([status, body.code]).toEqual([403, "operator-only"])
    expect((await gateway.get(path)).status).toBe(401)
  })

  it("tells the system's state, and where the log ends, which moves with every message", async () => {
    const before = await system()
    expect(before).toMatchObject({
      version: "0.0.0-test",
      health: "ok",
      database: { kind: dialect.name, version: expect.stringMatching(/^\d+\.\d+/) },
      devices: { CONNECTED: 1 },
      queues: { writes: expect.any(Number), bulkSends: 0, webhooks: 0 },
      webVersion: expect.stringMatching(/^2\.3000\.\d+$/)
    })
    for (const bytes of [before.memory.rss, before.memory.machineTotal, before.database.bytes, before.disk.freeBytes]) {
      expect(bytes).toBeGreaterThan(100_000)
    }
    gateway.network.addContact("51999999999")
    await gateway.post(`/v1/devices/${ME}/messages`, { to: "51999999999", text: "Hola" }, { token })
    const after = await system()
    expect(after.log.position).toBeGreaterThan(before.log.position)
    expect(after.appendsPerSecond).toBeGreaterThan(0)
    expect(after.eventLoopDelay.maxMs).toBeGreaterThanOrEqual(after.eventLoopDelay.p99Ms)
    const { body: head } = await gateway.get("/v1/audit/head", operator)
    const at = `from=${head.position}&to=${head.position}`
    const { body: verdict } = await gateway.get(`/v1/audit/verify?${at}`, operator)
    expect(verdict).toMatchObject({ valid: true, head: { position: head.position, hash: head.hash } })
    expect(readSignedHead(JSON.stringify(head), head.publicKey)).toMatchObject({ _tag: "Success" })
  })

  it("lists users with how many devices they have", async () => {
    await gateway.post("/v1/users", { number: "51944444502", password: "una-clave-larga" }, operator)
    const { items } = (await gateway.get("/v1/users", operator)).body
    expect(items.map(({ number, devices }: { number: string; devices: number }) => [number, devices])).toEqual([
      [ME, 1],
      ["51944444502", 0]
    ])
  })

  it("tells what is kept for how long, and what the next trimming drops", async () => {
    const { body } = await gateway.get("/v1/retention", operator)
    expect(body).toMatchObject({
      filesDays: 30,
      eventsDays: 730,
      first: { position: 1, recordedAt: expect.any(String) },
      lastTrimming: null,
      due: { events: 0 }
    })
    expect(body.payloads).toContainEqual({ type: "message.received", days: 90 })
    expect(body.payloads).toContainEqual({ type: "message.queued", days: null })
  })

  it.runIf(dialect.name === "mysql")("says that a database server has backups of its own, and which", async () => {
    const { status, body } = await gateway.post("/v1/backups", {}, operator)
    expect([status, body.code]).toEqual([409, "backup-elsewhere"])
    expect(body.detail).toContain("mysqldump --single-transaction")
    expect((await backups()).items).toEqual([])
  })

  it.runIf(dialect.name === "sqlite")(
    "[LOG-10] makes backups that verify, one at a time, and keeps the newest",
    async () => {
      const { log } = await system()
      const names: string[] = []
      for (let nth = 0; nth < 3; nth++) {
        const { status, body } = await gateway.post("/v1/backups", {}, operator)
        expect([status, body.state]).toEqual([202, "running"])
        names.push(body.name)
        if (nth === 0) {
          const second = await gateway.post("/v1/backups", {}, operator)
          // A copy of a store this small may have ended in between.
          if (second.status === 202) names.push(second.body.name)
          else expect(second.body).toMatchObject({ code: "backup-running", name: body.name })
        }
        await until(
          async () => (await backups()).items.every(({ state }: { state: string }) => state === "complete"),
          "it"
        )
      }
      const { items, folder, keptMax } = await backups()
      const kept = names.slice(-2).toReversed()
      expect([items.map(({ name }: { name: string }) => name), keptMax]).toEqual([kept, 2])
      expect(items[0]).toMatchObject({ state: "complete", problem: null, progress: null, files: expect.any(Number) })
      expect(items[0].position).toBeGreaterThanOrEqual(log.position)
      await until(() => readdirSync(folder).length === 2, "the oldest to be deleted")
      const made = join(folder, kept[0] ?? "")
      expect(readdirSync(made).toSorted()).toEqual(["backup.json", "bitacora.db", "media"])
      const verified = await runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: made })
      expect(JSON.parse(verified.out)).toMatchObject({
        valid: true,
        to: items[0].position,
        head: { hash: items[0].hash }
      })
    }
  )

  it.runIf(dialect.name === "sqlite")(
    "removes what a killed backup left, and lists nothing that is not one",
    async () => {
      const { folder } = await backups()
      const left = join(folder, "2026-01-31T09-30-00.000Z.partial")
      mkdirSync(left)
      mkdirSync(join(folder, "2026-01-31T09-30-00.001Z"))
      mkdirSync(join(folder, "mine"))
      writeFileSync(join(folder, "mine", "backup.json"), "{}")
      const before = (await backups()).items.length
      expect(before).toBe(2)
      await gateway.post("/v1/backups", {}, operator)
      await until(async () => (await backups()).items[0].state === "complete", "the backup")
      expect(existsSync(left)).toBe(false)
      // The one without a description is not a backup, so it is not deleted either.
      await until(() => readdirSync(folder).includes("mine") && readdirSync(folder).length === 4, "the rest")
      for (const name of ["mine", "2026-01-31T09-30-00.001Z"]) rmSync(join(folder, name), { recursive: true })
    }
  )

  it.runIf(dialect.name === "sqlite")(
    "gives a backup up that would leave too little room, says so, and leaves nothing",
    async () => {
      await gateway.restart({ BACKUP_FREE_MIN: String(Number.MAX_SAFE_INTEGER) })
      const before = (await backups()).items.length
      await gateway.post("/v1/backups", {}, operator)
      const failed = await until(async () => {
        const [first] = (await backups()).items
        return first.state === "failed" && first
      }, "the failure")
      expect(failed).toMatchObject({
        position: null,
        problem: expect.stringMatching(/too little room.*must stay free/)
      })
      const { items, folder } = await backups()
      expect(items).toHaveLength(before + 1)
      expect(readdirSync(folder)).toHaveLength(before)
      await gateway.restart({ BACKUP_FREE_MIN: "0" })
      expect((await backups()).items).toHaveLength(before)
    }
  )

  it.runIf(dialect.name === "sqlite")(
    "gives a backup up when the gateway stops, and leaves nothing of it",
    async () => {
      const { folder } = await backups()
      const before = readdirSync(folder)
      const { body } = await gateway.post("/v1/backups", {}, operator)
      await until(() => existsSync(join(folder, `${body.name}.partial`)), "the copy to begin")
      await gateway.restart()
      const left = readdirSync(folder).filter((name) => name.endsWith(".partial"))
      expect(left).toEqual([])
      expect(readdirSync(folder).filter((name) => name !== body.name)).toEqual(before)
    }
  )
})
