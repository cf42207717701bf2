import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { once } from "node:events"
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import type { Readable } from "node:stream"
import { text } from "node:stream/consumers"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqliteIn } from "../support/dialects.ts"
import { runScript, scriptPath } from "../support/run-script.ts"
import { appendTo, openOn, received, type TestStore } from "../support/store.ts"

const EVENTS = 30

let store: TestStore
const directory = mkdtempSync(join(tmpdir(), "bitacora-audit-"))
const audit = (...args: string[]) => runScript("bitacora.js", ["audit", ...args], { DATA_DIR: directory })
const inFolder = (name: string) => join(directory, name)

beforeAll(async () => {
  store = await openOn(sqliteIn(directory))
  for (let i = 1; i <= EVENTS; i++) {
    await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received(`m${i}`)])] }))
  }
})
afterAll(() => store[Symbol.asyncDispose]())

/** Changes the store like an attacker with write access to its file, and undoes the change. */
const tampered = async <A>(sql: string, back: string, look: () => Promise<A>): Promise<A> => {
  const db = new DatabaseSync(inFolder("bitacora.db"))
  db.exec(sql)
  try {
    return await look()
  } finally {
    db.exec(back)
    db.close()
  }
}

describe("bitacora audit", () => {
  it("[LOG-6] verify reports whether the log is valid, with exit code 1 if it is not", async () => {
    const valid = await audit("verify")
    expect(valid).toMatchObject({ code: 0, err: "" })
    expect(JSON.parse(valid.out)).toMatchObject({ valid: true, from: 1, to: EVENTS, complete: true })
    const change = (to: string) => `UPDATE event_log SET who = '${to}' WHERE position = 7`
    const broken = await tampered(change("nobody"), change("test"), () => audit("verify"))
    expect(broken.code).toBe(1)
    expect(JSON.parse(broken.out)).toEqual({ valid: false, position: 7, reason: "changed" })
    const part = await tampered(change("nobody"), change("test"), () => audit("verify", "--from", "8", "--to", "20"))
    expect(JSON.parse(part.out)).toMatchObject({ valid: true, from: 8, to: 20 })
  })

  it("[LOG-6] verify --against a signed head finds a cut-off end", async () => {
    const { out } = await audit("head", "--sign")
    writeFileSync(inFolder("head.json"), out)
    const publicKey = (await audit("key")).out.trim()
    expect(JSON.parse(out)).toMatchObject({ position: EVENTS, publicKey })
    const check = () => audit("verify", "--against", inFolder("head.json"), "--key", publicKey)
    expect(JSON.parse((await check()).out)).toMatchObject({ valid: true, to: EVENTS })
    const cut = `CREATE TABLE kept AS SELECT * FROM event_log WHERE position > 20;
      CREATE TABLE head AS SELECT * FROM log_head;
      DELETE FROM event_log WHERE position > 20;
      UPDATE log_head SET position = 20, hash = (SELECT hash FROM event_log WHERE position = 20)`
    const back = `INSERT INTO event_log SELECT * FROM kept; DELETE FROM log_head; INSERT INTO log_head SELECT * FROM head;
      DROP TABLE kept; DROP TABLE head`
    await tampered(cut, back, async () => {
      expect(JSON.parse((await audit("verify")).out)).toMatchObject({ valid: true, to: 20 })
      expect(JSON.parse((await check()).out)).toEqual({ valid: false, position: 21, reason: "removed" })
    })
  })

  it("creates no key in a directory without a gateway's data", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "bitacora-elsewhere-"))
    for (const args of [
      ["audit", "key"],
      ["trim", "--before", "5", "--yes"]
    ]) {
      const said = await runScript("bitacora.js", args, { DATA_DIR: elsewhere })
      expect(said).toMatchObject({ code: 1, out: "" })
      expect(said.err).toContain("there is no store in")
    }
    const mysql = { DATA_DIR: elsewhere, DATABASE_URL: "mysql://root@127.0.0.1:1/notes" }
    const said = await runScript("bitacora.js", ["audit", "key"], mysql)
    expect(said.err).toContain("there is no gateway's data in")
    expect(readdirSync(elsewhere)).toEqual([])
    rmSync(elsewhere, { recursive: true })
  })

  it("reports a damaged database in one line", async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), "bitacora-damaged-"))
    writeFileSync(join(elsewhere, "bitacora.db"), randomBytes(8_192))
    const { code, err } = await runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: elsewhere })
    expect({ code, err }).toEqual({
      code: 1,
      err: "the database in DATA_DIR is damaged, or does not belong to a gateway: file is not a database\n"
    })
    rmSync(elsewhere, { recursive: true })
  })

  it("ends silently when the reader of its output has gone, and with one line when the disk is full", async () => {
    const said = async (stdout: "pipe" | number) => {
      const args = [scriptPath("bitacora.js"), "audit", "verify"]
      const env = { PATH: process.env.PATH ?? "", DATA_DIR: directory }
      const child = spawn(process.execPath, args, { env, stdio: ["ignore", stdout, "pipe"] })
      child.stdout?.destroy()
      const err = text(child.stderr as Readable)
      const [code] = await once(child, "exit")
      return { code, err: await err }
    }
    expect(await said("pipe")).toEqual({ code: 141, err: "" })
    const full = openSync("/dev/full", "w")
    expect(await said(full)).toEqual({ code: 1, err: "ENOSPC: no space left on device, write\n" })
    closeSync(full)
  })

  it.each([
    [["verify", "--from", "0"], "--from: 0 is not a position"],
    [["verify", "--from", "31"], "--from: the log ends at position 30"],
    [["verify", "--against", "/nonexistent/head.json"], "no such file"]
  ])("explains in one line what is wrong with %j", async (args, words) => {
    const said = await audit(...args)
    expect(said).toMatchObject({ code: 1, out: "" })
    expect(said.err).toContain(words)
    expect(said.err).not.toMatch(/^\s+at /m)
  })
})
