import { execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { basename, dirname, join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest"
import { Subscriptions } from "../../src/store/subscriptions/subscriptions.ts"
import { sqliteIn } from "../support/dialects.ts"
import { until } from "../support/until.ts"
import { runScript, scriptPath } from "../support/run-script.ts"
import { canMount, SmallDisk } from "../support/small-disk.ts"
import { appendTo, openOn, received, type TestStore } from "../support/store.ts"

const EVENTS = 30
const FILE = "ab".repeat(32)

let store: TestStore
let shelf: string
const directory = mkdtempSync(join(tmpdir(), "bitacora-backup-"))
const backup = (...args: string[]) => runScript("bitacora.js", ["backup", ...args], { DATA_DIR: directory })

/** The state that a message with a file leaves. */
const referTo = (name: string) => {
  const db = new DatabaseSync(join(directory, "bitacora.db"), { timeout: 5_000 })
  db.prepare("INSERT INTO media_reference (file_name, position) VALUES (?, 1)").run(name)
  db.close()
}

beforeAll(async () => {
  store = await openOn(sqliteIn(directory))
  for (let i = 1; i <= EVENTS; i++) {
    await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received(`m${i}`)])] }))
  }
  const open = Subscriptions.use((shape) => shape.open("follower", { from: "start" }))
  const follower = await store.run(open.pipe(Effect.provide(Subscriptions.layer)))
  await Effect.runPromise(follower.advance(12))
  mkdirSync(join(directory, "media"))
  writeFileSync(join(directory, "media", FILE), "a picture", { mode: 0o600 })
  writeFileSync(join(directory, "media", "cd".repeat(32)), "of no message")
  for (const key of ["master.key", "audit.key", "operator.key"]) writeFileSync(join(directory, key), key)
  referTo(FILE)
  referTo("ef".repeat(32))
})
afterAll(() => store[Symbol.asyncDispose]())
beforeEach(() => {
  shelf = mkdtempSync(join(tmpdir(), "bitacora-shelf-"))
})
afterEach(() => rmSync(shelf, { recursive: true, force: true }))

describe("bitacora backup", () => {
  it("[LOG-10] [LOG-11] copies the log, its followers' checkpoints and the files of messages, but no key", async () => {
    const folder = join(shelf, "monday")
    const { code, out, err } = await backup(folder)
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ folder, position: EVENTS, files: 1, keys: [] })
    expect(err).toMatch(/^The backup does not contain the master key.*\n$/)
    expect(readdirSync(folder, { recursive: true }).toSorted()).toEqual(["bitacora.db", "media", `media/${FILE}`])
    for (const name of ["", "bitacora.db", "media", `media/${FILE}`]) {
      expect(statSync(join(folder, name)).mode & 0o077).toBe(0)
    }
    const verified = await runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: folder })
    expect(JSON.parse(verified.out)).toMatchObject({ valid: true, to: EVENTS })
    const kept = await runScript("bitacora.js", ["subscriptions", "--json"], { DATA_DIR: folder })
    expect(JSON.parse(kept.out)).toMatchObject([{ name: "follower", position: 12, lag: EVENTS - 12 }])
  })

  it.each<[string, () => string, () => Record<string, string>, RegExp]>([
    ["a folder that exists", () => shelf, () => ({}), /exists already/],
    ["a folder in the data directory", () => join(directory, "backup"), () => ({}), /is inside the data directory/],
    ["a folder whose parent does not exist", () => join(shelf, "no", "where"), () => ({}), /no such file or directory/],
    ["no store", () => join(shelf, "a"), () => ({ DATA_DIR: shelf }), /there is no store in /],
    [
      "a store on a server",
      () => join(shelf, "a"),
      () => ({ DB_HOST: "db" }),
      /mysqldump --single-transaction bitacora/
    ]
  ])("explains in one line why there is no backup: %s", async (_name, folder, env, words) => {
    const said = await runScript("bitacora.js", ["backup", folder()], {
      DATA_DIR: directory,
      ...env()
    })
    expect(said).toMatchObject({ code: 1, out: "" })
    expect(said.err).toMatch(words)
    expect(said.err.trimEnd()).not.toContain("\n")
    expect(readdirSync(shelf)).toEqual([])
  })

  it.each([
    ["", /damaged, or does not belong to a gateway/],
    ["CREATE TABLE log_head (id, position, hash)", /the log has no head/]
  ])("explains in one line that the store holds no log: %s", async (schema, words) => {
    const elsewhere = mkdtempSync(join(tmpdir(), "bitacora-backup-"))
    const db = new DatabaseSync(join(elsewhere, "bitacora.db"))
    db.exec(schema)
    db.close()
    const said = await runScript("bitacora.js", ["backup", join(shelf, "a")], { DATA_DIR: elsewhere })
    rmSync(elsewhere, { recursive: true })
    expect(said).toMatchObject({ code: 1, out: "" })
    expect(said.err).toMatch(words)
    expect(said.err.trimEnd()).not.toContain("\n")
    expect(readdirSync(shelf)).toEqual([])
  })

  it("refuses while another backup runs, or after one was killed, and leaves its folder alone", async () => {
    const folder = join(shelf, "monday")
    mkdirSync(`${folder}.partial`)
    const { code, err } = await backup(folder)
    expect(code).toBe(1)
    expect(err).toMatch(/monday\.partial exists: another backup is running there, or one was killed/)
    expect(readdirSync(shelf)).toEqual(["monday.partial"])
  })

  it("[LOG-10] leaves nothing behind when it is interrupted", async () => {
    // Reading from a pipe without a writer blocks for ever.
    const pipe = "99".repeat(32)
    execFileSync("mkfifo", [join(directory, "media", pipe)])
    referTo(pipe)
    const folder = join(shelf, "monday")
    const child = spawn(process.execPath, [scriptPath("bitacora.js"), "backup", folder], {
      env: { PATH: process.env.PATH ?? "", DATA_DIR: directory },
      stdio: "ignore"
    })
    const ended = new Promise((resolve) => child.once("exit", (_code, signal) => resolve(signal)))
    await until(() => existsSync(join(`${folder}.partial`, "media")), "the files to be copied")
    child.kill("SIGTERM")
    expect(await ended).toBe("SIGTERM")
    expect(readdirSync(shelf)).toEqual([])
    rmSync(join(directory, "media", pipe))
  })

  it.skipIf(!canMount)("[LOG-10] leaves nothing behind when the disk is full, and says so", async () => {
    using disk = new SmallDisk(1)
    disk.fill()
    const folder = join(disk.directory, "monday")
    const { code, err } = await backup(folder)
    expect(code).toBe(1)
    expect(err).toBe(`the disk is full: there is not enough room for a backup in ${dirname(folder)}\n`)
    expect(readdirSync(disk.directory)).not.toContain(`${basename(folder)}.partial`)
  })
})
