/** The log's payloads: the exact JSON text and its salt, beside the envelopes so that both can be erased without touching them. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "event_payload",
    columns: { position: `${words.integer} NOT NULL`, salt: words.salt, text: words.longText },
    primaryKey: ["position"]
  })
