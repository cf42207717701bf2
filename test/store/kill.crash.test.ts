/** The appending process is killed again and again, on both dialects. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { dialects, type TestDatabase } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { messageIds, storedEvents, walk } from "../support/stored-log.ts"

const APPENDER = fileURLToPath(new URL("../support/appender.ts", import.meta.url))
const KILLS = times(3, 40)
const WRITERS = 16

interface Killed {
  readonly acknowledged: readonly string[]
}

/** Starts the appender and kills it some time later. */
const killOne = (database: TestDatabase, run: number): Promise<Killed> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [APPENDER, `run${run}`, String(WRITERS)], {
      env: { PATH: process.env.PATH ?? "", ...database.env },
      stdio: ["ignore", "pipe", "pipe"]
    })
    let out = ""
    let err = ""
    let isDoomed = false
    child.stdout.on("data", (chunk: Buffer) => {
      out += chunk.toString()
      if (isDoomed || !out.startsWith("ready\n")) return
      isDoomed = true
      setTimeout(() => child.kill("SIGKILL"), 50 + Math.random() * 300)
    })
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
    child.on("close", (_code, signal) => {
      // An incomplete last line does not count as output.
      const lines = out.split("\n").slice(1, -1)
      if (signal === "SIGKILL") resolve({ acknowledged: lines })
      else reject(new Error(`the appender ended by itself: ${err}`))
    })
  })

describe.each(dialects)("on $name", (dialect) => {
  let database: TestDatabase

  beforeAll(async () => {
    database = await dialect.create()
  })
  afterAll(async () => database.drop())

  it(
    `[LOG-1] [LOG-2] after ${KILLS} kills during writes, every acknowledged append is there, once and in order`,
    async () => {
      const acknowledged: string[] = []
      for (let run = 0; run < KILLS; run++) acknowledged.push(...(await killOne(database, run)).acknowledged)
      const open = await database.open()
      const events = await storedEvents(open)
      await open.close()

      const stored = messageIds(events)
      const there = new Set(stored)
      expect(acknowledged.length).toBeGreaterThan(KILLS * WRITERS)
      expect(acknowledged.filter((id) => !there.has(id))).toEqual([])
      expect(stored.length).toBe(there.size)
      expect(events.every(({ position }, index) => position === index + 1)).toBe(true)
      expect(walk(events)).toBeUndefined()
    },
    times(60_000, 300_000)
  )
})
