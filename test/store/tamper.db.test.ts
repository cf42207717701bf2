/** A person with access to the database changes the log: at every position, in every way. */
import { tmpdir } from "node:os"
import { Effect } from "effect"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import type { Dialect, SqlValue, Statement } from "../../src/store/dialect/dialect.ts"
import { insertInto, updateWhere } from "../../src/store/projections/projection.ts"
import { verifyLog } from "../../src/store/audit/verification.ts"
import { runScript } from "../support/run-script.ts"
import { dialects } from "../support/dialects.ts"
import { appendTo, received } from "../support/events.ts"
import { times } from "../support/soak.ts"
import { openTestStore, type TestStore } from "../support/store.ts"

const EVENTS = 200
const EVERY = times(8, 1)

type Row = Readonly<Record<string, SqlValue>>

const sql = (text: string, ...parameters: readonly SqlValue[]): Statement => ({ sql: text, parameters })

/** A different value that the column can hold. */
const other = (value: SqlValue): SqlValue => {
  if (value instanceof Uint8Array) return Uint8Array.from(value, (byte, index) => (index === 0 ? byte ^ 1 : byte))
  if (typeof value === "number") return value < 100 ? value + 50 : value + 1
  return value === null ? "1" : `${value.slice(0, -1)}${value.endsWith("x") ? "y" : "x"}`
}

describe.each(dialects)("on $name, at every position of a log of 200 events", (dialect) => {
  let store: TestStore
  let open: Dialect
  const positions = Array.from({ length: EVENTS / EVERY }, (_, index) => (index + 1) * EVERY)

  beforeAll(async () => {
    store = await openTestStore(dialect)
    open = (await store.run(Database)).dialect
    const appends = Array.from({ length: EVENTS }, (_, i) =>
      appendTo(`messages/${i % 7}`, "any", [received(`m${i}`)], i % 7)
    )
    await Effect.runPromise(store.log.commit({ appends }))
  })
  afterAll(async () => store[Symbol.asyncDispose]())

  const change = (...statements: readonly Statement[]) => open.writer.transaction((tx) => tx.run(statements))
  const found = async () => {
    const verdict = await store.run(verifyLog({}))
    return verdict.valid ? undefined : verdict
  }
  const rowAt = async (table: "event_log" | "event_payload", position: number) =>
    (await open.reader
      .selectFrom(table)
      .selectAll()
      .where("position", "=", position)
      .executeTakeFirstOrThrow()) as unknown as Row
  const rowsAt = async (position: number) => ({
    envelope: await rowAt("event_log", position),
    payload: await rowAt("event_payload", position)
  })

  it(
    "[LOG-6] a changed value is found, in any column",
    async () => {
      for (const position of positions) {
        const { envelope, payload } = await rowsAt(position)
        const columns = [
          ...Object.keys(envelope).map((column) => ["event_log", column, envelope[column]] as const),
          ...["salt", "text"].map((column) => ["event_payload", column, payload[column]] as const)
        ].filter(([, column]) => column !== "position")
        // In `npm test`, one column per position, so that each column is tested.
        const some = EVERY === 1 ? columns : [columns[(position / EVERY) % columns.length]]
        for (const entry of some) {
          const [table, column, value = null] = entry ?? ["event_log", "hash", null]
          await change(updateWhere(table, { [column]: other(value) }, { position }))
          const violation = await found()
          expect(violation, `${table}.${column} at ${position}`).toBeDefined()
          expect(violation?.position, `${table}.${column}`).toBeLessThanOrEqual(position)
          await change(updateWhere(table, { [column]: value }, { position }))
        }
      }
      expect(await found()).toBeUndefined()
    },
    times(20_000, 300_000)
  )

  it(
    "[LOG-6] a removed event is found, even the last",
    async () => {
      for (const position of positions) {
        const { envelope, payload } = await rowsAt(position)
        await change(
          sql("DELETE FROM event_log WHERE position = ?", position),
          sql("DELETE FROM event_payload WHERE position = ?", position)
        )
        expect(await found()).toMatchObject({ position, reason: "removed" })
        await change(insertInto("event_log", envelope), insertInto("event_payload", payload))
      }
      expect(await found()).toBeUndefined()
    },
    times(20_000, 120_000)
  )

  it.each([
    ["with the end of the log moved along", 1],
    ["with the end of the log left where it was", 0]
  ])(
    "[LOG-6] an inserted event is found at its position, %s",
    async (_end, moved) => {
      for (const position of positions.filter((each) => each < EVENTS)) {
        const { envelope, payload } = await rowsAt(position)
        const shift = (by: string, order: string) =>
          ["event_log", "event_payload"].map((table) =>
            sql(`UPDATE ${table} SET position = position ${by} WHERE position > ? ${order}`, position)
          )
        // In two steps, because positions are unique at every moment.
        await change(...shift("+ 100000", ""), ...shift("- 99999", ""))
        await change(
          insertInto("event_log", { ...envelope, position: position + 1, version: 9_999 }),
          insertInto("event_payload", { ...payload, position: position + 1 }),
          sql("UPDATE log_head SET position = position + ?", moved)
        )
        expect(await found()).toMatchObject({ position: position + 1, reason: "inserted" })
        await change(
          sql("DELETE FROM event_log WHERE position = ?", position + 1),
          sql("DELETE FROM event_payload WHERE position = ?", position + 1),
          sql("UPDATE log_head SET position = position - ?", moved)
        )
        await change(...shift("+ 100000", ""), ...shift("- 100001", ""))
      }
      expect(await found()).toBeUndefined()
    },
    times(20_000, 120_000)
  )

  it(
    "[LOG-6] two swapped events are found",
    async () => {
      for (const position of positions.filter((each) => each < EVENTS)) {
        const swap = ["event_log", "event_payload"].flatMap((table) => [
          sql(`UPDATE ${table} SET position = 0 WHERE position = ?`, position),
          sql(`UPDATE ${table} SET position = ? WHERE position = ?`, position, position + 1),
          sql(`UPDATE ${table} SET position = ? WHERE position = 0`, position + 1)
        ])
        await change(...swap)
        expect((await found())?.position).toBe(position)
        await change(...swap)
      }
      expect(await found()).toBeUndefined()
    },
    times(20_000, 120_000)
  )

  it("[LOG-6] the CLI reports the same while the gateway holds the store", async () => {
    const { env } = store.database
    const audit = () => runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: tmpdir(), ...env })
    expect(await audit()).toMatchObject({ code: 0 })
    await change(updateWhere("event_payload", { text: "{}" }, { position: 77 }))
    const { code, out } = await audit()
    expect(code).toBe(1)
    expect(out).toContain("77")
  }, 30_000)

  it("[LOG-6] a removed head is reported after the last event", async () => {
    await change(sql("DELETE FROM log_head"))
    const verdict = { valid: false, position: EVENTS + 1, reason: "removed" }
    expect(await found()).toEqual(verdict)
    const { env } = store.database
    const { code, out } = await runScript("bitacora.js", ["audit", "verify"], { DATA_DIR: tmpdir(), ...env })
    expect(JSON.parse(out)).toEqual(verdict)
    expect(code).toBe(1)
  }, 30_000)
})
