/** A cache: the folded state of a long stream at some version. Deleting rows costs time, never an answer. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "snapshot",
    columns: {
      stream: `${words.ascii(80)} NOT NULL`,
      machine_version: `${words.integer} NOT NULL`,
      version: `${words.integer} NOT NULL`,
      state: `${words.longText} NOT NULL`
    },
    primaryKey: ["stream"]
  })
