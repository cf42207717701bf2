/** The embedded store on a disk that fails (EIO) at each of its writes and syncs, one per run. */
import { spawn } from "node:child_process"
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { times } from "../support/soak.ts"
import { messageIds, storedEvents, walk } from "../support/stored-log.ts"
import { canTrace, countInjected, failing, type InputOutputError, traced } from "../support/system-calls.ts"

const APPENDER = fileURLToPath(new URL("../support/stubborn-appender.ts", import.meta.url))
const APPENDS = 4
const ALL = Array.from({ length: APPENDS }, (_, i) => `m${i}`)
/** In `npm test`, one point of so many; each day another set of points. */
const EVERY = { pwrite64: times(47, 1), fsync: times(4, 1) } as const

interface Life {
  /** The appender's output lines. */
  readonly said: readonly string[]
  readonly code: number | null
}

const run = (command: readonly string[]): Promise<Life> =>
  new Promise((resolve) => {
    const [program = "", ...args] = command
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"] })
    let out = ""
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()))
    child.on("close", (code) => resolve({ said: out.split("\n").slice(0, -1), code }))
  })

const told = ({ said }: Life, what: "ok" | "there" | "refused"): readonly string[] =>
  said.filter((line) => line.startsWith(`${what} `)).map((line) => line.slice(what.length + 1))

describe.skipIf(!canTrace)("a disk that fails", () => {
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "bitacora-eio-"))
    const made = await run([process.execPath, APPENDER, join(folder, "made"), "0"])
    expect(made).toEqual({ said: ["ready", "end"], code: 0 })
  }, 30_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  /** A database without events, as after an orderly stop; replaces the one before. */
  const newDatabase = (): string => {
    const file = join(folder, "log")
    for (const end of ["-wal", "-shm"]) rmSync(file + end, { force: true })
    for (const end of ["", ".reserve"]) cpSync(join(folder, `made${end}`), file + end)
    return file
  }

  /** Runs the appender on a failing disk, then on a sound one if it did not finish. Returns whether the disk failed. */
  const live = async (error: InputOutputError, mortal: boolean): Promise<boolean> => {
    const file = newDatabase()
    const trace = join(folder, "trace")
    const command = [process.execPath, APPENDER, file, String(APPENDS)]
    const first = await run([...failing(error, trace), ...command, ...(mortal ? ["mortal"] : [])])
    const hasStarted = first.said[0] === "ready"
    if (hasStarted && !mortal) expect(first).toMatchObject({ code: 0, said: expect.arrayContaining(["end"]) })
    const second = first.code === 0 ? undefined : await run(command)
    if (second) expect(second.code).toBe(0)

    // A failed append was undone: the retry did not find it.
    const lives = second ? [first, second] : [first]
    expect(lives.flatMap((life) => told(life, "there"))).toEqual([])
    for (const reason of lives.flatMap((life) => told(life, "refused"))) {
      expect(reason).toBe("the store is unavailable: disk I/O error")
    }
    const database = openSqlite(file, { readOnly: true })
    const events = await storedEvents(database)
    await database.close()
    expect(messageIds(events)).toEqual(ALL)
    expect(walk(events)).toBeUndefined()
    const acknowledged = lives.flatMap((life) => told(life, "ok"))
    // An append that was refused right before the kill may be in the log all the same.
    expect(mortal ? ALL.filter((id) => acknowledged.includes(id)) : acknowledged).toEqual(mortal ? acknowledged : ALL)
    return countInjected(readFileSync(trace, "utf8")) > 0
  }

  describe.each([
    ["recovers by itself", false],
    ["can be killed at once and restarted", true]
  ])("loses nothing of what it acknowledged, and the store %s", (_what, mortal) => {
    it.each(["pwrite64", "fsync"] as const)(
      "[LOG-1] [LOG-2] when any %s fails",
      async (call) => {
        const offset = Math.floor(Date.now() / 86_400_000) % EVERY[call]
        let when = 1 + offset
        while (await live({ call, when: String(when) }, mortal)) when += EVERY[call]
        expect(when).toBeGreaterThan(1 + offset)
      },
      times(60_000, 600_000)
    )
  })

  // After a failed sync, a second sync of the log file would succeed, even if the first one's data was lost.
  it("[LOG-1] writes nothing after a failed sync on top of data that the disk may have lost", async () => {
    const trace = join(folder, "trace")
    const command = [process.execPath, APPENDER, newDatabase(), String(APPENDS)]
    const lines = () => readFileSync(trace, "utf8").split("\n")
    /** The trace up to the truncation of the log file; the database file was synced right before. */
    const beforeEmptied = (from: readonly string[]): readonly string[] => {
      const emptied = from.findIndex((line) => /ftruncate\(\d+, 0\) += 0/.test(line))
      expect(from[emptied - 1]).toMatch(/sync\(\d+\) += 0/)
      return from.slice(0, emptied)
    }
    await run([...failing({ call: "fsync", when: "4" }, trace), ...command])
    const injected = lines().findIndex((line) => line.includes("INJECTED"))
    const logFile = /sync\((\d+)\)/.exec(lines()[injected] ?? "")?.[1]
    const meanwhile = beforeEmptied(lines().slice(injected + 1))
    expect(meanwhile.filter((line) => line.includes(`pwrite64(${logFile},`))).toEqual([])

    newDatabase()
    const killed = await run([...failing({ call: "fsync", when: "4" }, trace), ...command, "mortal"])
    expect(told(killed, "refused")).toHaveLength(1)
    const again = await run([...traced(trace), ...command])
    expect(told(again, "ok").at(-1)).toBe(ALL.at(-1))
    // Writes to the database file only: a frame of the log file begins with a header of 24 bytes.
    expect(beforeEmptied(lines()).filter((line) => /, 24, \d+\) += 24/.test(line))).toEqual([])
  }, 30_000)

  it("[LOG-1] writes nothing on top of it when the disk still fails at the next start", async () => {
    const trace = join(folder, "trace")
    const command = [process.execPath, APPENDER, newDatabase(), String(APPENDS)]
    await run([...failing({ call: "fsync", when: "4" }, trace), ...command, "mortal"])
    const again = await run([...failing({ call: "fsync", when: "1" }, trace), ...command])
    expect(told(again, "ok").at(-1)).toBe(ALL.at(-1))
    const lines = readFileSync(trace, "utf8").split("\n")
    const injected = lines.findIndex((line) => line.includes("INJECTED"))
    const emptied = lines.findIndex((line) => /ftruncate\(\d+, 0\) += 0/.test(line))
    expect(injected).toBeGreaterThanOrEqual(0)
    expect(emptied).toBeGreaterThan(injected)
    expect(lines.slice(0, emptied).filter((line) => /, 24, \d+\) += 24/.test(line))).toEqual([])
  }, 30_000)

  it("[LOG-1] [LOG-2] refuses writes for as long as the disk fails", async () => {
    expect(await live({ call: "pwrite64", when: "30..60" }, false)).toBe(true)
    expect(await live({ call: "fsync", when: "3..6" }, false)).toBe(true)
  }, 30_000)
})
