/** Which version of each projection the tables hold; another one in the code means: build it again from the log. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "projection",
    columns: { name: `${words.ascii(40)} NOT NULL`, version: `${words.integer} NOT NULL` },
    primaryKey: ["name"]
  })
