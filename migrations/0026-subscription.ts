/** Named followers of the log: up to which position each has done its work. Trimming never drops what one of them has not read. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "subscription",
    columns: {
      name: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      advanced_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["name"]
  })
