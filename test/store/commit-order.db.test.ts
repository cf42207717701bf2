/** Two processes write at once and pause in the middle of their transactions, while a reader follows the end of the log. */
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import { dialects, isMariadbHere, mariadbSettings, type TestDatabase } from "../support/dialects.ts"
import { times } from "../support/soak.ts"
import { storedEvents, walk } from "../support/stored-log.ts"

const INTERLEAVER = fileURLToPath(new URL("../support/interleaver.ts", import.meta.url))
const TRANSACTIONS = times(50, 200)

describe.each(dialects)("on $name", (dialect) => {
  let database: TestDatabase
  let open: Dialect

  beforeAll(async () => {
    database = await dialect.create()
    open = await database.open()
    await open.migrate()
  })
  afterAll(async () => {
    await open.close()
    await database.drop()
  })

  const interleaver = (name: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [INTERLEAVER, name, String(TRANSACTIONS)], {
        env: { PATH: process.env.PATH ?? "", ...database.env },
        stdio: ["ignore", "ignore", "pipe"]
      })
      let err = ""
      child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()))
      child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(err))))
    })

  it(
    `[LOG-4] in ${2 * TRANSACTIONS} transactions of two writers, a reader never finds an event before one that it has already read`,
    async () => {
      const work = { isDone: false }
      const seen: number[] = []
      let polls = 0
      const follow = async () => {
        for (let last = 0; ; polls++) {
          const wasDone = work.isDone
          const rows = await open.reader
            .selectFrom("event_log")
            .select("position")
            .where("position", ">", last)
            .orderBy("position")
            .execute()
          seen.push(...rows.map(({ position }) => position))
          last = seen.at(-1) ?? 0
          if (wasDone && rows.length === 0) return
          await new Promise((resolve) => setImmediate(resolve))
        }
      }
      const following = follow()
      await Promise.all([interleaver("a"), interleaver("b")]).finally(() => (work.isDone = true))
      await following
      expect(polls).toBeGreaterThan(TRANSACTIONS)
      expect(seen).toEqual(Array.from({ length: 2 * TRANSACTIONS }, (_, index) => index + 1))
      const events = await storedEvents(open)
      expect(walk(events)).toBeUndefined()
      const turns = events.filter(({ stream }, index) => stream !== events[index - 1]?.stream).length
      expect(turns).toBeGreaterThan(TRANSACTIONS / 10)
    },
    times(30_000, 120_000)
  )
})

describe.skipIf(!isMariadbHere)("numbers from the server's AUTO_INCREMENT", () => {
  it("would let a reader find the second before the first, which is why the log's positions come from log_head", async () => {
    const settings = await mariadbSettings("trap")
    const [first, second] = [
      await Session.open(settings, { withDatabase: false }),
      await Session.open(settings, { withDatabase: false })
    ]
    await first.query("CREATE DATABASE IF NOT EXISTS trap")
    await first.query("CREATE TABLE trap.counted (position BIGINT AUTO_INCREMENT PRIMARY KEY)")
    await first.query("BEGIN")
    await first.query("INSERT INTO trap.counted VALUES ()")
    await second.query("INSERT INTO trap.counted VALUES ()")
    expect(await second.query("SELECT position FROM trap.counted")).toEqual([{ position: 2 }])
    await first.query("COMMIT")
    expect(await second.query("SELECT position FROM trap.counted")).toEqual([{ position: 1 }, { position: 2 }])
    await first.query("DROP DATABASE trap")
    await Promise.all([first.end(), second.end()])
  })
})
