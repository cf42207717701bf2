import { Effect } from "effect"
import { sql } from "kysely"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { Database } from "../../src/store/database.ts"
import { pageQuery } from "../../src/store/log/event-log-queries.ts"
import { dialects } from "../support/dialects.ts"
import { appendTo, openTestStore, received, type TestStore } from "../support/store.ts"

interface Step {
  /** SQLite: a sentence. */
  readonly detail?: string
  readonly key?: string
  readonly type?: string
  readonly Extra?: string
}

describe.each(dialects)("on $name", (dialect) => {
  let store: TestStore

  beforeAll(async () => {
    store = await openTestStore(dialect)
    // Over a handful of rows a server would rather read them all.
    const writes = Array.from({ length: 100 }, (_, i) =>
      store.log.commit({
        appends: [
          appendTo(
            `messages/${i}`,
            "new",
            Array.from({ length: 10 }, (_, n) => received(`m${i}-${n}`)),
            i % 20
          )
        ]
      })
    )
    await Effect.runPromise(Effect.all(writes, { concurrency: "unbounded", discard: true }))
    if (dialect.name === "mysql") {
      const { dialect: open } = await store.run(Database)
      await sql`ANALYZE TABLE event_log, event_payload, message, auth_state`.execute(open.reader)
    }
  })
  afterAll(async () => {
    await store[Symbol.asyncDispose]()
  })

  /** What the database would do, a line a step. */
  const planOf = async (
    build: (db: Database["Service"]["dialect"]["reader"]) => {
      compile(): { sql: string; parameters: readonly unknown[] }
    }
  ) => {
    const { dialect: open } = await store.run(Database)
    const { sql: text, parameters } = build(open.reader).compile()
    const inlined = parameters.reduce<string>(
      (query, value) => query.replace("?", typeof value === "number" ? String(value) : `'${String(value)}'`),
      text
    )
    const explain = open.name === "sqlite" ? "EXPLAIN QUERY PLAN" : "EXPLAIN"
    const { rows } = await sql<Step>`${sql.raw(`${explain} ${inlined}`)}`.execute(open.reader)
    return rows.map((row) => row.detail ?? `${row.type} ${row.key} ${row.Extra}`).join("\n")
  }

  /** Neither sorted nor read from one end to the other. */
  const isNarrow = (plan: string) => !/TEMP B-TREE|filesort|temporary|^ALL/m.test(plan)

  describe("a page of the log reads along an index and sorts nothing", () => {
    it.each([
      ["of everything", { after: 0, limit: 100 }, { sqlite: "INTEGER PRIMARY KEY", mysql: "PRIMARY" }],
      ["of one device", { after: 0, limit: 100, devices: [1] }, "event_log_device_position"],
      ["of one type", { after: 0, limit: 100, types: ["device.paired"] }, "event_log_type_position"]
    ])("%s", async (_name, request, index) => {
      const plan = await planOf((db) => pageQuery(db, request))
      expect(plan).toContain(typeof index === "string" ? index : index[dialect.name])
      expect(isNarrow(plan), plan).toBe(true)
    })

    it("of one stream", async () => {
      const plan = await planOf((db) =>
        db
          .selectFrom("event_log")
          .selectAll()
          .where("stream", "=", "messages/7")
          .where("version", ">", 3)
          .orderBy("version")
          .limit(10)
      )
      expect(plan).toContain("event_log_stream_version")
      expect(isNarrow(plan), plan).toBe(true)
    })
  })

  describe("rows are found by their keys", () => {
    const primary = (table: string) => (dialect.name === "sqlite" ? `sqlite_autoindex_${table}_1` : "PRIMARY")

    it.each([
      ["message by id", "SELECT * FROM message WHERE message_id = 'm7-1'", "message_message_id"],
      [
        "message of a device",
        "SELECT * FROM message WHERE device = 7 AND message_id = 'm7-1' AND from_me = 0",
        primary("message")
      ],
      ["outbox of a device", "SELECT * FROM outbox WHERE device = 1 ORDER BY position", "outbox_device_position"],
      ["device of an owner", "SELECT * FROM device WHERE owner = 1 AND number = '5'", "device_owner_number"],
      ["token", "SELECT * FROM access_token WHERE token_hash = x'00'", "access_token_token_hash"],
      [
        "Signal key",
        "SELECT * FROM auth_state WHERE device = 1 AND category = 'session' AND key_id = 'x'",
        primary("auth_state")
      ]
    ])("%s", async (_name, query, index) => {
      const plan = await planOf(() => ({ compile: () => ({ sql: query, parameters: [] }) }))
      // A server may look the key up while it plans, and say at once that there is no such row.
      if (dialect.name === "mysql" && /Impossible WHERE|no matching row/.test(plan)) return
      expect(plan).toContain(index)
      expect(isNarrow(plan), plan).toBe(true)
    })
  })
})
