/** Small facts about this store, such as the check value of the key that its secrets are encrypted with. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "store_setting",
    columns: { name: `${words.ascii(40)} NOT NULL`, value: `${words.text(255)} NOT NULL` },
    primaryKey: ["name"]
  })
