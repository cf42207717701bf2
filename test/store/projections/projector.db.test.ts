import { Effect } from "effect"
import { describe, expect, it } from "vitest"
import { Database } from "../../../src/store/database.ts"
import { rebuildChanged } from "../../../src/store/projections/projector.ts"
import { projections } from "../../../src/store/projections/registry.ts"
import type { Tables } from "../../../src/store/tables.ts"
import { dialects } from "../../support/dialects.ts"
import { appendTo, openTestStore, received, type TestStore } from "../../support/store.ts"

/** More rows than one delete takes. */
const EVENTS = 12_000
const AT_ONCE = 2_000

const rowsOf = (store: TestStore) =>
  store.run(
    Database.use(({ query }) =>
      query(async (db) => {
        const counts: Partial<Record<keyof Tables, number>> = {}
        for (const table of projections.flatMap((projection): readonly (keyof Tables)[] => projection.tables)) {
          const { count } = await db
            .selectFrom(table)
            .select((eb) => eb.fn.countAll<number>().as("count"))
            .executeTakeFirstOrThrow()
          counts[table] = count
        }
        return counts
      })
    )
  )

describe.each(dialects)("changed read models, on $name", (dialect) => {
  it("[LOG-5] are rebuilt in one pass, however many rows they had; unchanged ones stay as they are", async () => {
    await using store = await openTestStore(dialect)
    for (let i = 0; i < EVENTS; i += AT_ONCE) {
      const events = Array.from({ length: AT_ONCE }, (_, n) => received(`m${i + n}`))
      await Effect.runPromise(store.log.commit({ appends: [appendTo("messages/a", "any", events)] }))
    }
    const before = await rowsOf(store)
    expect(before).toMatchObject({ message: EVENTS, event_subject: EVENTS })
    const statements = [
      { sql: "UPDATE projection SET version = 0 WHERE name IN ('message', 'subject')", parameters: [] }
    ]
    await Effect.runPromise(store.log.commit({ statements }))
    const { dialect: open } = await store.run(Database)
    const told: [string, number, number][] = []
    expect(await rebuildChanged(open, (...progress) => told.push(progress))).toEqual(["message", "subject"])
    expect(told.at(-1)).toEqual(["message, subject", EVENTS, EVENTS])
    expect(told).toHaveLength(EVENTS / 1_000)
    expect(await rowsOf(store)).toEqual(before)
    expect(await rebuildChanged(open, () => {})).toEqual([])
  })
})
