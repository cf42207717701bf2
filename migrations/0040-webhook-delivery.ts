/** What became of each event at each webhook endpoint, without content. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "webhook_delivery",
    columns: {
      webhook_id: `${words.ascii(40)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      status: `${words.ascii(12)} NOT NULL`,
      attempts: `${words.integer} NOT NULL`,
      history: `${words.longText} NOT NULL`,
      step: `${words.integer} NOT NULL`,
      first_at: `${words.integer} NOT NULL`,
      next_at: words.integer,
      delay_ms: words.integer
    },
    primaryKey: ["webhook_id", "position"],
    isClustered: true
  })
