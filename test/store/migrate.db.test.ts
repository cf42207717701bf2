/** Migrations of a database, on both dialects. */
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { relationNames, sqliteRelationNames } from "../../src/store/migrate.ts"
import { dialects, type TestDatabase } from "../support/dialects.ts"

describe.each(dialects)("migrations on $name", (dialect) => {
  let database: TestDatabase
  beforeEach(async () => {
    database = await dialect.create()
  })
  afterEach(() => database.drop())

  it("create exactly the tables and views of the schema's list", async () => {
    const open = await database.open()
    await open.migrate()
    const made = (await open.reader.introspection.getTables()).map(({ name }) => name)
    await open.close()
    const own = dialect.name === "sqlite" ? sqliteRelationNames : []
    expect(made.toSorted()).toEqual([...relationNames, ...own].toSorted())
  })

  it("report which one failed, and why", async () => {
    const open = await database.open()
    await open.migrate()
    const forget = "DELETE FROM kysely_migration WHERE name = '0014-auth-state'"
    await open.writer.transaction((tx) => tx.run([{ sql: forget, parameters: [] }]))
    await expect(open.migrate()).rejects.toMatchObject({
      _tag: "SchemaProblem",
      message: expect.stringMatching(/^(migration [\w-]+ failed|the migrations could not run): .+/)
    })
    await open.close()
  })
})
