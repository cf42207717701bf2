/** Where the log ends: one row, whose lock every append takes first. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "log_head",
    columns: {
      id: `${words.integer} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      hash: `${words.hash} NOT NULL`,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["id"]
  })
