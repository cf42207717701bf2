import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { pageQuery } from "../../src/store/event-log-queries.ts"
import { openTestStore, type TestStore } from "../support/store.ts"

let store: TestStore

beforeAll(async () => {
  store = await openTestStore()
})
afterAll(async () => {
  await store[Symbol.asyncDispose]()
})

/** What SQLite would do, a line a step. */
const planOf = async (
  build: (db: Database["Service"]["dialect"]["reader"]) => {
    compile(): { sql: string; parameters: readonly unknown[] }
  }
) => {
  const { dialect } = await store.run(Database)
  const { sql: text, parameters } = build(dialect.reader).compile()
  const inlined = parameters.reduce<string>((query, value) => query.replace("?", `'${String(value)}'`), text)
  const rows = await sql<{ detail: string }>`${sql.raw(`EXPLAIN QUERY PLAN ${inlined}`)}`.execute(dialect.reader)
  return rows.rows.map((row) => row.detail).join("\n")
}

describe("a page of the log reads along an index and sorts nothing", () => {
  it.each([
    ["of everything", { after: 0, limit: 100 }, "INTEGER PRIMARY KEY"],
    ["of one device", { after: 0, limit: 100, devices: [1] }, "event_log_device_position"],
    ["of one type", { after: 0, limit: 100, types: ["message.received"] }, "event_log_type_position"]
  ])("%s", async (_name, request, index) => {
    const plan = await planOf((db) => pageQuery(db, request))
    expect(plan).toContain(index)
    expect(plan).not.toContain("TEMP B-TREE")
  })

  it("of one stream", async () => {
    const plan = await planOf((db) =>
      db
        .selectFrom("event_log")
        .selectAll()
        .where("stream", "=", "device/x")
        .where("version", ">", 3)
        .orderBy("version")
        .limit(10)
    )
    expect(plan).toContain("event_log_stream_version")
    expect(plan).not.toContain("TEMP B-TREE")
  })
})

describe("rows are found by their keys", () => {
  it.each([
    ["message by id", "SELECT * FROM message WHERE message_id = 'x'", "message_message_id"],
    [
      "message of a device",
      "SELECT * FROM message WHERE device = 1 AND message_id = 'x' AND from_me = 1",
      "sqlite_autoindex_message_1"
    ],
    ["outbox of a device", "SELECT * FROM outbox WHERE device = 1 ORDER BY position", "outbox_device_position"],
    ["device of an owner", "SELECT * FROM device WHERE owner = 1 AND number = '5'", "device_owner_number"],
    ["token", "SELECT * FROM access_token WHERE token_hash = x'00'", "access_token_token_hash"],
    [
      "Signal key",
      "SELECT * FROM auth_state WHERE device = 1 AND category = 'session' AND key_id = 'x'",
      "sqlite_autoindex_auth_state_1"
    ]
  ])("%s", async (_name, query, index) => {
    const plan = await planOf(() => ({ compile: () => ({ sql: query, parameters: [] }) }))
    expect(plan).toContain(index)
    expect(plan).not.toContain("TEMP B-TREE")
  })
})
