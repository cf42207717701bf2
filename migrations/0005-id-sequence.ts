/** The last number given to a device and to a user; the numbers themselves stand in events. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "id_sequence",
    columns: { name: `${words.ascii(40)} NOT NULL`, value: `${words.integer} NOT NULL` },
    primaryKey: ["name"]
  })
