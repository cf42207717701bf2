/** A process that follows the log is killed again and again: its work and its checkpoint always match. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Database } from "../../../src/store/database.ts"
import { dialects, sqliteIn } from "../../support/dialects.ts"
import { runScript } from "../../support/run-script.ts"
import { times } from "../../support/soak.ts"
import { appendTo, openOn, received } from "../../support/store.ts"

const EVENTS = 40

describe.each(dialects)("on $name", ({ name, create }) => {
  it(
    "[LOG-11] a follower that is killed has committed its work with its checkpoint, or neither, and the next one does the rest",
    async () => {
      const directory = mkdtempSync(join(tmpdir(), "bitacora-subscriber-"))
      const database = name === "sqlite" ? sqliteIn(directory) : await create()
      const env = { ...database.env, DATA_DIR: directory }
      const filled = await openOn(database)
      const events = Array.from({ length: EVENTS }, (_, i) => received(`m${i}`))
      await Effect.runPromise(filled.log.commit({ appends: [appendTo("messages/a", "new", events)] }))
      await filled.close()
      const look = async () => {
        const store = await openOn(database)
        const found = await store.run(
          Database.use(({ query }) =>
            query(async (db) => ({
              checkpoint: (await db.selectFrom("subscription").select("position").executeTakeFirst())?.position ?? 0,
              work: (await db.selectFrom("command_log").select("idempotency_key").execute()).map((row) =>
                Number(row.idempotency_key.slice(1))
              )
            }))
          )
        )
        await store.close()
        return { ...found, work: found.work.toSorted((one, other) => one - other) }
      }
      const step = times(4, 1)
      let kills = 0
      for (let point = 1 + Math.floor(Math.random() * step); ; point += step) {
        const { code, err } = await runScript("test/support/subscriber.ts", [directory, String(point)], env)
        const { checkpoint, work } = await look()
        expect(work).toEqual(Array.from({ length: checkpoint }, (_, i) => i + 1))
        if (code === 0) break
        expect([code, err]).toEqual([null, ""])
        kills++
      }
      expect(kills).toBeGreaterThan(2)
      expect((await look()).checkpoint).toBe(EVENTS)
      await database.drop()
      rmSync(directory, { recursive: true, force: true })
    },
    times(60_000, 300_000)
  )
})
