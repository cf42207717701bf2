import { mkdtempSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { sqliteIn } from "../support/dialects.ts"
import { runScript } from "../support/run-script.ts"
import { appendTo, openOn, received, type TestStore } from "../support/store.ts"

const EVENTS = 30

let store: TestStore
const directory = mkdtempSync(join(tmpdir(), "bitacora-audit-"))
const audit = (...args: string[]) => runScript("src/cli/bitacora.ts", ["audit", ...args], { DATA_DIR: directory })
const inFolder = (name: string) => join(directory, name)

beforeAll(async () => {
  store = await openOn(sqliteIn(directory))
  for (let i = 1; i <= EVENTS; i++) {
    await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", [received(`m${i}`)])] }))
  }
})
afterAll(() => store[Symbol.asyncDispose]())

/** Changes the store as somebody would who can write to its file, and takes it back. */
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
  it("[LOG-6] verify says that the log is valid, and with exit code 1 where it is not", async () => {
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

  it("[LOG-6] verify --against a signed head finds an end that was cut off", async () => {
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

  it.each([
    [["verify", "--from", "0"], "--from: 0 is not a position"],
    [["verify", "--from", "31"], "--from: the log ends at position 30"],
    [["verify", "--against", "/nonexistent/head.json"], "no such file"]
  ])("says what is wrong with %j", async (args, words) => {
    const said = await audit(...args)
    expect(said).toMatchObject({ code: 1, out: "" })
    expect(said.err).toContain(words)
    expect(said.err).not.toMatch(/^\s+at /m)
  })
})
