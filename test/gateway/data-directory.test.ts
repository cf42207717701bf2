/** One gateway on one store: what happens to a gateway whose data directory, or whose lock, is taken away while it runs. */
import { execFileSync } from "node:child_process"
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { Network } from "../../src/sandbox/network.ts"
import { startNetwork } from "../../src/sandbox/start-network.ts"
import { onNetwork } from "../support/gateway-client.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { runScript } from "../support/run-script.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"
import { until } from "../support/until.ts"

const ME = "51910000001"
const CONTACT = "51999999999"
const operator = { operator: true }

let network: Network
let parent: string
let directory: string
let gateway: GatewayProcess
const others: GatewayProcess[] = []

beforeEach(async () => {
  network = await startNetwork({ prekeyCount: 30 })
  network.addContact(CONTACT)
  parent = mkdtempSync(join(tmpdir(), "bitacora-one-"))
  directory = join(parent, "data")
  gateway = await GatewayProcess.start({ DATA_DIR: directory, ...onNetwork(network) })
})
afterEach(async () => {
  for (const other of others.splice(0)) await other.end("SIGKILL")
  await gateway.end("SIGKILL")
  await network.stop()
  rmSync(parent, { recursive: true, force: true })
})

const second = async (env: Record<string, string> = {}) => {
  const other = await GatewayProcess.start({ DATA_DIR: directory, ...onNetwork(network), ...env })
  others.push(other)
  return other
}
const seconds = (count: number) => new Promise((resolve) => setTimeout(resolve, count * 1_000))

describe("[DEV-3] a lock that is deleted while its gateway runs", () => {
  it("is taken again within a second or two, and keeps another gateway out", async () => {
    rmSync(join(directory, "gateway.lock"))
    await seconds(2)
    await expect(second()).rejects.toThrow(`is in use by another gateway (process ${gateway.pid})`)
    expect((await gateway.get("/health")).body.status).toBe("ok")
  })

  it("lets one gateway remain: the database has one owner", async () => {
    rmSync(join(directory, "gateway.lock"))
    const other = await second().catch(() => undefined)
    // Whoever lost the database writes nothing, and ends.
    await gateway.post("/v1/devices", { sessionId: "a" }, operator).catch(() => {})
    const isAlive = async (each: GatewayProcess | undefined) =>
      each !== undefined &&
      (await each.get("/health").then(
        () => true,
        () => false
      ))
    const alive = async () => [await isAlive(gateway), await isAlive(other)].filter(Boolean).length
    await until(async () => (await alive()) === 1, "the end of one of them")
    const left = (await isAlive(gateway)) ? gateway : other
    expect((await left?.post("/v1/devices", { sessionId: "b" }, operator))?.status).toBe(201)
  })
})

describe("[LOG-1] a data directory that goes away", () => {
  const send = (device: string) =>
    gateway.post(`/v1/devices/${device}/messages`, { to: CONTACT, text: "hola" }, operator)

  it("is noticed within seconds: 503, a line in the log, no success; back again, the gateway works", async () => {
    const phone = network.addPhone(ME)
    const device = await gateway.linkByCode(ME, (code) => phone.enterCode(code))
    renameSync(directory, join(parent, "moved"))
    await until(async () => (await gateway.get("/health")).status === 503, "the notice", 5_000)
    expect((await gateway.get("/health/ready")).body.status).toBe("error")
    expect((await send(device)).status).toBe(503)
    expect(gateway.said).toContain("has disappeared; writes are refused until it is back")
    renameSync(join(parent, "moved"), directory)
    await until(async () => (await gateway.get("/health/ready")).status === 200, "the directory", 5_000)
    await gateway.untilAllConnected(1, operator)
    expect((await send(device)).status).toBe(202)
  })

  it("or whose database is replaced takes no writes, which nobody would find", async () => {
    const file = join(directory, "bitacora.db")
    copyFileSync(file, `${file}.copy`)
    renameSync(`${file}.copy`, file)
    await until(async () => (await gateway.get("/health")).status === 503, "the notice", 5_000)
    expect((await gateway.post("/v1/devices", { sessionId: "a" }, operator)).status).toBe(503)
    await until(async () => gateway.said.includes("was removed or replaced; writes are refused"), "the line of the log")
  })
})

describe("a data directory with loose rights", () => {
  it("[SEC-4] is warned of at the start, and each key in it", async () => {
    await gateway.end("SIGTERM")
    chmodSync(directory, 0o777)
    chmodSync(join(directory, "master.key"), 0o644)
    gateway = await GatewayProcess.start({ DATA_DIR: directory, ...onNetwork(network), LOG_LEVEL: "warn" })
    expect(gateway.said).toContain(`other users have rights on ${directory} (mode 777)`)
    expect(gateway.said).toContain(`other users have rights on ${join(directory, "master.key")} (mode 644)`)
    expect(gateway.said).not.toContain("audit.key")
  })
})

describe.skipIf(!canMount)("a data directory that cannot be written to", () => {
  it("is named in one line", async () => {
    using disk = new SmallDisk(4)
    execFileSync("mount", ["-o", "remount,ro", disk.directory])
    const { code, err } = await runScript("main.js", [], { DATA_DIR: disk.directory })
    execFileSync("mount", ["-o", "remount,rw", disk.directory])
    expect(code).toBe(1)
    expect(err.trim().split("\n")).toEqual([expect.stringMatching(/^DATA_DIR: .+$/)])
  })
})

describe("the operator's key that a first start makes", () => {
  it("[SEC-4] is not printed to a file or a log collector: its own file is named", async () => {
    const file = join(parent, "fresh", "operator.key")
    const fresh = await GatewayProcess.start({ DATA_DIR: dirname(file), ...onNetwork(network), API_KEY: "" })
    others.push(fresh)
    await until(async () => fresh.said.includes(`operator's API key: in ${file}`), "the line")
    expect(fresh.said).not.toContain(readFileSync(file, "utf8").trim())
  })
})
