/** WhatsApp credentials and Signal keys, each value encrypted. Mutable; not in the log. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "auth_state",
    columns: {
      device: `${words.integer} NOT NULL`,
      category: `${words.ascii(40)} NOT NULL`,
      key_id: `${words.ascii(160)} NOT NULL`,
      value: `${words.blob} NOT NULL`
    },
    primaryKey: ["device", "category", "key_id"]
  })
