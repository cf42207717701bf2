import { DatabaseSync, type SQLInputValue } from "node:sqlite"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { Statement } from "../../../src/store/dialect/dialect.ts"
import { joinInserts } from "../../../src/store/dialect/mysql/inserts.ts"
import { times } from "../../support/soak.ts"

const limits = { rowsMax: 256, bytesMax: 1_000_000 }
const insertA = (id: number, value: string): Statement => ({
  sql: "INSERT INTO a (id, value) VALUES (?, ?)",
  parameters: [id, value]
})
const insertB = (id: number): Statement => ({ sql: "INSERT INTO b (id) VALUES (?)", parameters: [id] })
const replaceA = (id: number, value: string): Statement => ({
  sql: "REPLACE INTO a (id, value) VALUES (?, ?)",
  parameters: [id, value]
})
const updateA = (id: number, value: string): Statement => ({
  sql: "UPDATE a SET value = ? WHERE id = ?",
  parameters: [value, id]
})
const deleteA = (id: number): Statement => ({ sql: "DELETE FROM a WHERE id = ?", parameters: [id] })
/** Reads the other table. */
const copyB: Statement = { sql: "UPDATE a SET value = (SELECT MAX(b.id) FROM b)", parameters: [] }

const tablesAfter = (statements: readonly Statement[]) => {
  const db = new DatabaseSync(":memory:")
  db.exec("CREATE TABLE a (id INTEGER PRIMARY KEY, value TEXT); CREATE TABLE b (id INTEGER)")
  for (const { sql, parameters } of statements) db.prepare(sql).run(...(parameters as SQLInputValue[]))
  const rows = [db.prepare("SELECT * FROM a ORDER BY id").all(), db.prepare("SELECT * FROM b ORDER BY id").all()]
  db.close()
  return rows
}

describe("joined inserts", () => {
  it("are one statement per table, whatever stands between them", () => {
    const given = [insertA(1, "x"), insertB(1), insertA(2, "y"), insertB(2)]
    expect(joinInserts(given, limits)).toEqual([
      { sql: "INSERT INTO a (id, value) VALUES (?, ?), (?, ?)", parameters: [1, "x", 2, "y"] },
      { sql: "INSERT INTO b (id) VALUES (?), (?)", parameters: [1, 2] }
    ])
  })

  it("run before a statement that names their table, and are not flushed by one that does not", () => {
    const given = [insertA(1, "x"), insertB(1), updateA(1, "y"), insertB(2)]
    expect(joinInserts(given, limits).map(({ sql }) => sql)).toEqual([
      "INSERT INTO a (id, value) VALUES (?, ?)",
      "UPDATE a SET value = ? WHERE id = ?",
      "INSERT INTO b (id) VALUES (?), (?)"
    ])
  })

  it("leave the tables as the single statements would", () => {
    const id = fc.nat(5)
    const value = fc.constantFrom("x", "y", "z")
    let next = 100
    const statement = fc.oneof(
      value.map((each) => insertA(next++, each)),
      id.map(insertB),
      fc.tuple(id, value).map(([one, each]) => replaceA(one, each)),
      fc.tuple(id, value).map(([one, each]) => updateA(one, each)),
      id.map(deleteA),
      fc.constant(copyB)
    )
    const rowsMax = fc.constantFrom(1, 2, 256)
    fc.assert(
      fc.property(fc.array(statement, { maxLength: 20 }), rowsMax, (statements, max) => {
        expect(tablesAfter(joinInserts(statements, { ...limits, rowsMax: max }))).toEqual(tablesAfter(statements))
      }),
      { numRuns: times(200, 5_000) }
    )
  })
})
