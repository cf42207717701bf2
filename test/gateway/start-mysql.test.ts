import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { sql } from "kysely"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { readSettings } from "../../src/config.ts"
import { newTlsIdentity } from "../../src/sandbox/media/certificates.ts"
import { neededRights } from "../../src/store/dialect/mysql/grants.ts"
import { openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { tlsWarnings } from "../../src/store/dialect/mysql/tls.ts"
import { DatabaseProblem } from "../../src/store/dialect/mysql/problem.ts"
import { CommitThief } from "../support/commit-thief.ts"
import { isMariadbHere, mysql, silent, type TestDatabase } from "../support/dialects.ts"
import { until } from "../support/until.ts"
import { GatewayProcess } from "../support/gateway-process.ts"
import { MariadbServer } from "../support/mariadb-server.ts"
import { runScript } from "../support/run-script.ts"

const settingsOf = (env: Record<string, string>) => Effect.runPromise(readSettings(env))

describe("the settings of a database server", () => {
  it("can be given one by one, with defaults", async () => {
    const { database } = await settingsOf({ DB_HOST: "db.local" })
    expect(database).toEqual({ host: "db.local", port: 3306, user: "root", password: "", database: "bitacora" })
    expect((await settingsOf({})).database).toBeUndefined()
  })

  it("can be given in a URL with escaped parts", async () => {
    const { database } = await settingsOf({ DATABASE_URL: "mysql://ana:p%40ss%2F@[::1]:3307/notes" })
    expect(database).toEqual({
      host: "::1",
      port: 3307,
      user: "ana",
      password: "p@ss/",
      database: "notes",
      setting: "DATABASE_URL"
    })
  })

  it.each<[Record<string, string>, object | undefined]>([
    [{ DB_HOST: "x" }, undefined],
    [
      { DB_HOST: "x", DB_SSL_CA: "/ca.pem" },
      { mode: "VERIFY_IDENTITY", caFile: "/ca.pem" }
    ],
    [
      { DB_HOST: "10.0.0.1", DB_SSL_CA: "/ca.pem", DB_SSL_MODE: "VERIFY_CA" },
      { mode: "VERIFY_CA", caFile: "/ca.pem" }
    ],
    [{ DB_HOST: "x", DB_SSL_MODE: "VERIFY_IDENTITY" }, { mode: "VERIFY_IDENTITY" }],
    [{ DATABASE_URL: "mysql://x/y?ssl-mode=required" }, { mode: "REQUIRED" }],
    [{ DATABASE_URL: "mysql://x/y?ssl-ca=/ca.pem" }, { mode: "VERIFY_IDENTITY", caFile: "/ca.pem" }]
  ])("%o: the server's certificate is verified unless the operator turns that off", async (env, tls) => {
    expect((await settingsOf(env)).database?.tls).toEqual(tls)
  })

  it.each([
    ["db.example", "secret", undefined, /^DB_SSL_MODE: the password and messages are sent to db.example unencrypted/],
    ["db.example", "", undefined, /^DB_SSL_MODE: messages are sent to db.example unencrypted/],
    ["db.example", "secret", "REQUIRED", /^DB_SSL_MODE: the server db.example is not verified/]
  ] as const)("a server at %s with password '%s' and %s causes a warning", (host, password, mode, sentence) => {
    const server = { host, port: 3306, user: "ana", password, database: "y" }
    expect(tlsWarnings(mode ? { ...server, tls: { mode, caFile: undefined } } : server)).toEqual([
      expect.stringMatching(sentence)
    ])
    expect(tlsWarnings({ ...server, host: "127.0.0.1" })).toEqual([])
    expect(tlsWarnings({ ...server, tls: { mode: "VERIFY_CA", caFile: "/ca.pem" } })).toEqual([])
  })

  it.each([
    [{ DATABASE_URL: "postgres://ana:hush@x/y" }, "DATABASE_URL: must be like"],
    [{ DATABASE_URL: "mysql://ana:100%hush@x/y" }, "DATABASE_URL: contains a % without a valid code"],
    [{ DATABASE_URL: "mysql://ana:hush%FF@x/y" }, "DATABASE_URL: contains a % without a valid code"],
    [{ DATABASE_URL: "mysql://ana:12#hush@x/y" }, "DATABASE_URL: contains a #; write it as %23"],
    [{ DATABASE_URL: "mysql://ana:hush@x/y#?ssl-mode=REQUIRED" }, "DATABASE_URL: contains a #; write it as %23"],
    [{ DATABASE_URL: "mysql://ana:hush@x/y?ssl=1" }, "DATABASE_URL: may have only ssl-mode and ssl-ca after"],
    [
      { DATABASE_URL: "mysql://ana:hush@x/y?ssl-mode=PREFERRED" },
      "DATABASE_URL: ssl-mode must be one of DISABLED, REQUIRED"
    ],
    [{ DATABASE_URL: "mysql://ana:hush@x/y?ssl-mode=verify_ca" }, "DATABASE_URL: ssl-mode is VERIFY_CA, which needs"],
    [
      { DATABASE_URL: "mysql://ana:hush@x/y", DB_SSL_CA: "/ca.pem" },
      "DB_SSL_MODE, DB_SSL_CA: are not used with DATABASE_URL"
    ],
    [{ DB_SSL_MODE: "REQUIRED" }, "DB_SSL_MODE, DB_SSL_CA: need DB_HOST"],
    [{ DB_HOST: "x", DB_SSL_MODE: "DISABLED", DB_SSL_CA: "/ca.pem" }, "DB_SSL_MODE: is DISABLED, but"],
    [{ DB_HOST: "x", DB_SSL_MODE: "REQUIRED", DB_SSL_CA: "/ca.pem" }, "DB_SSL_MODE: is REQUIRED, which ignores"],
    [{ DB_HOST: "::1", DB_SSL_CA: "/ca.pem" }, "DB_SSL_MODE: is VERIFY_IDENTITY, which needs the name"],
    [{ DATABASE_URL: "mysql://x", DB_HOST: "x" }, "DATABASE_URL: replaces DB_HOST"],
    [{ DB_HOST: "x", DB_NAME: "a`b" }, "DB_NAME: the name of a database"],
    [{ DB_HOST: "x", DB_PORT: "0" }, "DB_PORT: "]
  ])("%o is refused without repeating the password", async (env, sentence) => {
    const failure = await settingsOf(env as Record<string, string>).catch((refused: Error) => refused.message)
    expect(failure).toContain(sentence)
    expect(failure).not.toContain("hush")
  })
})

describe.skipIf(!isMariadbHere)("a gateway on MySQL", () => {
  let directory: string
  let keys: string
  let server: MariadbServer

  beforeAll(async () => {
    // The test creates users here: no other test uses this server.
    keys = mkdtempSync(join(tmpdir(), "bitacora-tls-"))
    const { authority, certificate, key } = await newTlsIdentity()
    writeFileSync(join(keys, "ca.pem"), authority)
    writeFileSync(join(keys, "server.pem"), certificate)
    writeFileSync(join(keys, "server.key"), key)
    writeFileSync(join(keys, "stranger.pem"), (await newTlsIdentity()).authority)
    server = await MariadbServer.start([
      "--innodb-flush-log-at-trx-commit=2",
      `--ssl-cert=${join(keys, "server.pem")}`,
      `--ssl-key=${join(keys, "server.key")}`
    ])
    await server.run(
      "CREATE USER 'poor'@'%' IDENTIFIED BY 'hush-hush'",
      "CREATE DATABASE readable CHARACTER SET utf8mb4",
      "CREATE USER 'reader'@'%' IDENTIFIED BY 'hush-hush'",
      "GRANT SELECT ON readable.* TO 'reader'@'%'",
      "CREATE USER 'owner'@'%' IDENTIFIED BY 'hush-hush'",
      "GRANT ALL PRIVILEGES ON `own`.* TO 'owner'@'%'",
      "CREATE USER 'sealed'@'%' IDENTIFIED BY 'hush-hush' REQUIRE SSL",
      "GRANT ALL PRIVILEGES ON `own`.* TO 'sealed'@'%'"
    )
  }, 60_000)
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(keys, { recursive: true, force: true })
  })
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bitacora-start-"))
  })
  afterEach(() => rmSync(directory, { recursive: true, force: true }))

  const env = (changed: Record<string, string> = {}) => ({
    DATA_DIR: directory,
    DB_HOST: "127.0.0.1",
    DB_PORT: String(server.port),
    DB_PASSWORD: "hush-hush",
    DB_NAME: "own",
    DB_USER: "owner",
    MASTER_KEY: "11".repeat(32),
    ...changed
  })

  it("that cannot start explains why in one line without the password, and ends with 1", async () => {
    const { code, err } = await runScript("main.js", [], env({ DB_PASSWORD: "wrong-one" }))
    expect(code).toBe(1)
    expect(err).toBe(
      `DB_USER, DB_PASSWORD: 127.0.0.1:${server.port} refuses 'owner'; the user or the password is wrong\n`
    )
  })

  const refusal = async (changed: Record<string, string>): Promise<unknown> => {
    const { database } = await settingsOf(env(changed))
    if (!database) throw new Error("no database server in the settings")
    const open = async () => {
      const dialect = await openMysql(database, silent)
      await dialect.migrate().finally(() => dialect.close())
    }
    return open().catch((failure: unknown) => failure)
  }

  it.each([
    ["an unknown host", { DB_HOST: "nowhere.invalid" }, /^DB_HOST: the name nowhere.invalid cannot be resolved/],
    ["no server", { DB_PORT: "1" }, /^DB_HOST, DB_PORT: no database responds at 127.0.0.1:1 \(ECONNREFUSED\)/],
    [
      "a missing database that the user may not create",
      { DB_USER: "poor", DB_NAME: "missing" },
      /^DB_NAME: there is no database 'missing'.*'poor' may not create it.*GRANT ALL/
    ],
    [
      "a missing right",
      { DB_USER: "reader", DB_NAME: "readable" },
      /^DB_USER: 'reader' lacks a right on 'readable' .*CREATE command denied.*GRANT ALL/
    ]
  ])("%s is reported in one sentence that says what to do", async (_name, changed, sentence) => {
    const failure = await refusal(changed)
    expect(failure).toBeInstanceOf(DatabaseProblem)
    expect((failure as Error).message).toMatch(sentence)
    expect((failure as Error).message).not.toMatch(/hush|\n/)
  })

  it("[SEC-4] over TLS, for a user that must use TLS, starts, works, and times out like any other", async () => {
    await using road = await CommitThief.to(server.port)
    const made = env({
      DB_USER: "sealed",
      DB_HOST: "localhost",
      DB_PORT: String(road.port),
      DB_SSL_CA: join(keys, "ca.pem")
    })
    const gateway = await GatewayProcess.start(made)
    expect((await gateway.get("/health")).body).toMatchObject({ status: "ok" })
    road.close()
    expect((await fetch(`${gateway.url}/health`)).status).toBe(503)
    road.open()
    await until(async () => (await fetch(`${gateway.url}/health`)).status === 200, "the database to be back")
    expect(await gateway.end("SIGTERM")).toBe(0)
  }, 30_000)

  it.each<[string, () => Record<string, string>, RegExp]>([
    [
      "without TLS where the user needs it",
      () => ({ DB_USER: "sealed" }),
      /^DB_USER, DB_PASSWORD: .* refuses 'sealed'/
    ],
    [
      "another authority",
      () => ({ DB_HOST: "localhost", DB_SSL_CA: join(keys, "stranger.pem") }),
      /^DB_SSL_CA, DB_SSL_MODE: the certificate of localhost:\d+ cannot be verified/
    ],
    [
      "no authority that Node knows",
      () => ({ DB_HOST: "localhost", DB_SSL_MODE: "VERIFY_IDENTITY" }),
      /^DB_SSL_CA, DB_SSL_MODE: the certificate of localhost:\d+ cannot be verified/
    ],
    [
      "another name",
      // A notation of 127.0.0.1 that only the resolver reads as an address.
      () => ({ DB_HOST: "127.1", DB_SSL_CA: join(keys, "ca.pem") }),
      /^DB_SSL_CA, DB_SSL_MODE: the certificate of 127.1:\d+ cannot be verified.*VERIFY_CA does not check the name/
    ],
    [
      "no file",
      () => ({ DB_HOST: "localhost", DB_SSL_CA: "/nonexistent/ca.pem" }),
      /^DB_SSL_CA: \/nonexistent\/ca.pem does not exist$/
    ],
    [
      "a file of something else",
      () => ({ DB_HOST: "localhost", DB_SSL_CA: join(keys, "server.key") }),
      /^DB_SSL_CA: .* contains no certificate in PEM$/
    ]
  ])("[SEC-4] %s is reported in one line, and the gateway does not start", async (_name, changed, sentence) => {
    const failure = await refusal(changed())
    expect(failure).toBeInstanceOf(DatabaseProblem)
    expect((failure as Error).message).toMatch(sentence)
    expect((failure as Error).message).not.toMatch(/hush|\n/)
  })

  it("over TLS with a certificate for another name starts with VERIFY_CA, and unverified with REQUIRED", async () => {
    const ca = { DB_USER: "sealed", DB_SSL_MODE: "VERIFY_CA", DB_SSL_CA: join(keys, "ca.pem") }
    for (const changed of [ca, { DB_USER: "sealed", DB_SSL_MODE: "REQUIRED" }]) {
      expect(await refusal(changed)).toBeUndefined()
    }
  })

  it("works with exactly the rights that `doctor` asks for", async () => {
    await server.run(
      "CREATE USER 'frugal'@'%' IDENTIFIED BY 'hush-hush'",
      "CREATE DATABASE frugal CHARACTER SET utf8mb4",
      `GRANT ${neededRights.join(", ")} ON frugal.* TO 'frugal'@'%'`
    )
    const frugal = { DB_USER: "frugal", DB_NAME: "frugal" }
    expect(await refusal(frugal)).toBeUndefined()
    const gateway = await GatewayProcess.start(env(frugal))
    expect((await gateway.get("/health")).body).toMatchObject({ status: "ok" })
    expect(await gateway.end("SIGTERM")).toBe(0)
  })

  it("refuses a database with tables of another program and names them, as doctor does, and changes nothing", async () => {
    await server.run(
      "DROP DATABASE IF EXISTS own",
      "CREATE DATABASE own",
      "CREATE TABLE own.usuarios (id INT PRIMARY KEY)",
      "INSERT INTO own.usuarios VALUES (7)",
      "CREATE TABLE own.dispositivos_whatsapp (id INT PRIMARY KEY)",
      "CREATE TABLE own.facturas (id INT PRIMARY KEY)"
    )
    const tables = () => server.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'own'")
    const before = await tables()
    const { code, err } = await runScript("main.js", [], env())
    expect(code).toBe(1)
    expect(err.trim().split("\n")).toEqual([
      "the database has tables of another program: dispositivos_whatsapp, usuarios; set another DB_NAME, or move them away"
    ])
    expect(await tables()).toEqual(before)
    const { code: found, out } = await runScript("bitacora.js", ["doctor"], env())
    expect([found, out.includes("tables of another program: dispositivos_whatsapp, usuarios")]).toEqual([1, true])
    await server.run("DROP DATABASE own")
  })

  it("gives up a server that accepts connections and does not respond", async () => {
    const mute = createServer(() => {}).listen(0, "127.0.0.1")
    await new Promise((resolve) => mute.once("listening", resolve))
    const { port } = mute.address() as { port: number }
    const failure = await refusal({ DB_PORT: String(port) })
    mute.close()
    expect((failure as Error).message).toMatch(/^DB_HOST, DB_PORT: no database responds/)
  })

  it("creates its database, and warns of what a power cut would lose", async () => {
    const made = env({ LOG_LEVEL: "warn" })
    const first = await GatewayProcess.start(made)
    expect(first.said).toMatch(
      /innodb_flush_log_at_trx_commit is 2: .*a power cut of the database's machine loses up to a second/
    )
    expect((await first.get("/health")).body).toMatchObject({ status: "ok" })
    expect(await first.end("SIGTERM")).toBe(0)
    const [row] = await server.run(
      "SELECT default_character_set_name AS charset FROM information_schema.schemata WHERE schema_name = 'own'"
    )
    expect(row).toEqual({ charset: "utf8mb4" })
  })

  it("[DEV-3] is the only one on its database, whatever its data directory", async () => {
    const first = await GatewayProcess.start(env())
    const elsewhere = mkdtempSync(join(tmpdir(), "bitacora-start-"))
    const { code, err } = await runScript("main.js", [], env({ DATA_DIR: elsewhere }))
    expect(code).toBe(1)
    expect(err).toBe("DB_NAME: 'own' is in use by another gateway; stop it first, or set another DB_NAME\n")
    // A killed gateway leaves nothing behind that needs cleaning up.
    await first.end("SIGKILL")
    rmSync(elsewhere, { recursive: true, force: true })
    const next = await GatewayProcess.start(env())
    await next.end("SIGKILL")
  })

  it("[DEV-3] that could not reach its database while another one took it ends when it learns of that, and says why", async () => {
    await using road = await CommitThief.to(server.port)
    const first = await GatewayProcess.start(env({ DB_PORT: String(road.port), SHUTDOWN_TIMEOUT_MS: "500" }))
    const elsewhere = mkdtempSync(join(tmpdir(), "bitacora-start-"))
    road.close()
    const second = await GatewayProcess.start(env({ DATA_DIR: elsewhere }))
    road.open()
    expect(await first.ended).toBe(1)
    expect(first.said).toMatch(/^another gateway has taken this database; this one has ended$/m)
    expect((await second.get("/health")).body).toMatchObject({ status: "ok" })
    await second.end("SIGKILL")
    rmSync(elsewhere, { recursive: true, force: true })
  }, 30_000)
})

describe.skipIf(!isMariadbHere)("views for operators", () => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await mysql.create()
  })
  afterAll(async () => database.drop())

  it("exist on MySQL as well", async () => {
    const dialect = await database.open()
    await dialect.migrate()
    for (const view of ["usuarios", "dispositivos_whatsapp"]) {
      const { rows } = await sql.raw(`SELECT * FROM ${view}`).execute(dialect.reader)
      expect(rows).toEqual([])
    }
    await dialect.close()
  })
})
