/** Bulk sends: many messages that go out one after the other. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "bulk_send",
    columns: {
      bulk_id: `${words.ascii(40)} NOT NULL`,
      device: `${words.integer} NOT NULL`,
      name: words.text(100),
      state: `${words.ascii(12)} NOT NULL`,
      reason: words.ascii(24),
      pacing: `${words.longText} NOT NULL`,
      who: `${words.ascii(80)} NOT NULL`,
      starts_at: `${words.integer} NOT NULL`,
      created_at: `${words.integer} NOT NULL`,
      resumed_at: `${words.integer} NOT NULL`,
      ended_at: words.integer
    },
    primaryKey: ["bulk_id"],
    indexes: { bulk_send_device: ["device", "bulk_id"], bulk_send_state: ["state", "bulk_id"] }
  })
