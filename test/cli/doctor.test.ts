import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:net"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DEFAULT_CONNECTION_CONFIG } from "@whiskeysockets/baileys"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { checkDataDirectory } from "../../src/cli/checks/data-directory.ts"
import { checkDatabase } from "../../src/cli/checks/database.ts"
import { checkListening } from "../../src/cli/checks/listening.ts"
import type { Finding } from "../../src/cli/checks/finding.ts"
import { checkWhatsApp } from "../../src/cli/checks/whatsapp.ts"
import { readSettings, type Settings } from "../../src/config.ts"
import { takeDataDirectory } from "../../src/store/data-directory.ts"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import { WHATSAPP_URL } from "../../src/whatsapp/address.ts"
import { dialects, isMariadbHere, mariadbSettings, type TestDatabase } from "../support/dialects.ts"
import { runScript } from "../support/run-script.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "bitacora-doctor-"))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const settingsOf = (env: Readonly<Record<string, string>>): Promise<Settings> =>
  Effect.runPromise(readSettings({ DATA_DIR: directory, ...env }))
const of = (findings: readonly Finding[], check: string) => findings.filter((finding) => finding.check === check)

describe("the command", () => {
  it("prints one line per check, or JSON on request, and ends with 0 while nothing fails", async () => {
    const { code, out } = await runScript("bitacora.js", ["doctor", "--json"], { DATA_DIR: directory })
    expect(code).toBe(0)
    const { ok, findings } = JSON.parse(out) as { ok: boolean; findings: Finding[] }
    expect(ok).toBe(true)
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(["Node", "build", "settings", "data directory", "disk", "database", "WhatsApp"])
    )
  })

  it("says whether the build runs or the sources", async () => {
    const said = async (script: string) => (await runScript(script, ["doctor"], { DATA_DIR: directory })).out
    expect(await said("bitacora.js")).toMatch(/^ok {4}build: /m)
    expect(await said("src/cli/bitacora.ts")).toMatch(/^warn {2}build: the gateway runs from its sources/m)
  })

  it("ends with 1 when a check fails, and advises without the password", async () => {
    const env = { DATA_DIR: directory, DATABASE_URL: "mysql://ana:hush-hush@127.0.0.1:1/notes" }
    const { code, out } = await runScript("bitacora.js", ["doctor"], env)
    expect(code).toBe(1)
    expect(out).toMatch(/^fail {2}database: DATABASE_URL: no database responds at 127.0.0.1:1/m)
    expect(out).toMatch(/^ {6}→ correct DB_/m)
    expect(out).not.toContain("hush")
  })

  it("names every wrong setting", async () => {
    const { code, out } = await runScript("bitacora.js", ["doctor"], {
      DATA_DIR: directory,
      PORT: "x",
      RATE_LIMIT_MAX: "0"
    })
    expect(code).toBe(1)
    expect(out.match(/^fail {2}settings: (PORT|RATE_LIMIT_MAX)/gm)).toHaveLength(2)
  })

  it.each([
    ["true", 1],
    ["1", 0],
    ["127.0.0.1", 0]
  ])("warns of TRUST_PROXY=%s %i times", async (trusted, times) => {
    const env = { DATA_DIR: directory, TRUST_PROXY: trusted }
    const { out } = await runScript("bitacora.js", ["doctor"], env)
    expect(out.match(/^warn {2}settings: TRUST_PROXY is true/gm) ?? []).toHaveLength(times)
  })
})

describe("the address", () => {
  it("is free, or in use by a gateway on this directory, or in use by another program", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await once(other, "listening")
    const settings = await settingsOf({ PORT: String((other.address() as AddressInfo).port) })
    expect(await checkListening(settings)).toMatchObject({ status: "fail", text: expect.stringContaining("PORT: ") })
    const taken = takeDataDirectory(directory)
    expect(await checkListening(settings)).toMatchObject({ status: "ok" })
    taken.release()
    expect(await checkListening(settings)).toMatchObject({ status: "fail" })
    other.close()
    await once(other, "close")
    expect(await checkListening(settings)).toMatchObject({ status: "ok" })
    const elsewhere = await settingsOf({ HOST: "192.0.2.1" })
    expect(await checkListening(elsewhere)).toMatchObject({ status: "fail", text: expect.stringContaining("HOST: ") })
  })
})

describe("the data directory", () => {
  it("that other users can read is a warning", () => {
    chmodSync(directory, 0o755)
    expect(of(checkDataDirectory(directory), "data directory")).toMatchObject([{ status: "warn" }])
    chmodSync(directory, 0o700)
    expect(of(checkDataDirectory(directory), "data directory")).toMatchObject([{ status: "ok" }])
  })

  it("may be missing if it can be created", () => {
    expect(checkDataDirectory(join(directory, "new", "data"))[0]).toMatchObject({ status: "ok" })
    writeFileSync(join(directory, "file"), "")
    expect(checkDataDirectory(join(directory, "file"))[0]).toMatchObject({ status: "fail" })
    expect(checkDataDirectory(join(directory, "file", "data"))[0]).toMatchObject({ status: "fail" })
  })

  it.skipIf(!canMount)("needs room", () => {
    using disk = new SmallDisk(16)
    expect(of(checkDataDirectory(disk.directory), "disk")).toMatchObject([{ status: "warn" }])
    disk.fill()
    expect(of(checkDataDirectory(disk.directory), "disk")).toMatchObject([{ status: "fail" }])
  })
})

describe("WhatsApp", () => {
  let server: Server

  beforeAll(async () => {
    server = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1")
    await new Promise((resolve) => server.once("listening", resolve))
  })
  afterAll(() => void server.close())

  const at = (protocol: string, port = (server.address() as AddressInfo).port) =>
    checkWhatsApp({
      url: `${protocol}://127.0.0.1:${port}/ws`,
      rootKey: undefined,
      caFile: undefined,
      controlUrl: undefined
    })

  it("is checked at the address that Baileys uses", () => {
    expect(WHATSAPP_URL).toBe(String(DEFAULT_CONNECTION_CONFIG.waWebSocketUrl))
  })

  it("that responds is ok; one that refuses, or does not respond in time, is a warning", async () => {
    expect(await at("ws")).toMatchObject({ status: "ok" })
    expect(await at("ws", 1)).toMatchObject({ status: "warn", text: expect.stringContaining("ECONNREFUSED") })
    // It accepts the connection and never answers the TLS handshake.
    expect(await at("wss")).toMatchObject({ status: "warn", text: expect.stringContaining("no response within") })
  }, 20_000)
})

describe.each(dialects)("the database on $name", (dialect) => {
  let database: TestDatabase
  let settings: Settings

  beforeEach(async () => {
    database = await dialect.create()
    settings = await settingsOf(database.env)
  })
  afterEach(async () => database.drop())

  it("that is up to date and has no owner is ok", async () => {
    expect((await checkDatabase(settings)).every(({ status }) => status !== "fail")).toBe(true)
    const open = await database.open()
    await open.migrate()
    await open.close()
    const findings = await checkDatabase(settings)
    expect(of(findings, "schema")).toMatchObject([{ status: "ok", text: expect.stringContaining("up to date") }])
    expect(findings.filter(({ status }) => status !== "ok")).toEqual([])
  })

  it("of a newer release, without its key, or with events from the future is reported", async () => {
    const open = await database.open()
    await open.migrate()
    await open.writer.transaction((tx) =>
      tx.run([
        { sql: "INSERT INTO store_setting (name, value) VALUES ('master_key_fingerprint', 'x')", parameters: [] },
        { sql: "UPDATE log_head SET recorded_at = ?", parameters: [Date.now() + 86_400_000] }
      ])
    )
    mkdirSync(settings.dataDirectory, { recursive: true })
    const findings = await checkDatabase(settings)
    expect(of(findings, "master key")).toMatchObject([
      { status: "fail", text: expect.stringContaining("MASTER_KEY is not set") }
    ])
    expect(of(findings, "clock").at(-1)).toMatchObject({
      status: "warn",
      text: expect.stringContaining("later than this clock")
    })
    await open.writer.transaction((tx) =>
      tx.run([
        {
          sql: "INSERT INTO kysely_migration (name, timestamp) VALUES ('9999-later', '2030-01-01T00:00:00.000Z')",
          parameters: []
        }
      ])
    )
    await open.close()
    expect(of(await checkDatabase(settings), "schema")).toMatchObject([
      { status: "fail", text: expect.stringContaining("9999-later") }
    ])
  })
})

describe.skipIf(!isMariadbHere)("a database server", () => {
  const name = `doctor_${randomBytes(4).toString("hex")}`
  let admin: Session

  beforeAll(async () => {
    admin = await Session.open(await mariadbSettings(name), { withDatabase: false })
    await admin.query(`CREATE USER '${name}'@'%' IDENTIFIED BY 'hush-hush'`)
  })
  afterAll(async () => {
    await admin.query("SET GLOBAL innodb_flush_log_at_trx_commit = 1")
    await admin.query(`DROP USER '${name}'@'%'`)
    await admin.end()
  })

  const check = async () => {
    const { host, port } = await mariadbSettings(name)
    const env = { DB_HOST: host, DB_PORT: String(port), DB_USER: name, DB_PASSWORD: "hush-hush", DB_NAME: name }
    return checkDatabase(await settingsOf(env))
  }

  it("reports missing rights, with the statement that grants them", async () => {
    expect(of(await check(), "rights")).toMatchObject([
      {
        status: "fail",
        text: expect.stringContaining("lacks SELECT, INSERT"),
        advice: `GRANT ALL PRIVILEGES ON \`${name}\`.* TO '${name}'`
      }
    ])
    await admin.query(
      `GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, INDEX ON \`doctor\\_%\`.* TO '${name}'@'%'`
    )
    expect(of(await check(), "rights")).toMatchObject([
      { status: "fail", text: expect.stringContaining("lacks CREATE VIEW on") }
    ])
    await admin.query(`GRANT ALL PRIVILEGES ON \`${name}\`.* TO '${name}'@'%'`)
    expect(of(await check(), "rights")).toMatchObject([{ status: "ok" }])
  })

  it("that does not sync at every commit is a warning that says what a power cut loses", async () => {
    await admin.query("SET GLOBAL innodb_flush_log_at_trx_commit = 0")
    expect(of(await check(), "durability")).toMatchObject([
      { status: "warn", text: expect.stringMatching(/or a kill of the database/) }
    ])
  })

  it("is compared with this machine's clock", async () => {
    expect(of(await check(), "clock")).toMatchObject([{ status: "ok" }])
  })
})
