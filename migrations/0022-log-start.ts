/**
 * Where the log begins, once its beginning was dropped: `log_start` holds the last position that went, `stream_start` where each
 * stream stood there, and what it amounted to where that is needed to go on. Both are bound by the event `log.trimmed`.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  await createTable(db, words, {
    name: "log_start",
    columns: {
      id: `${words.integer} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      hash: `${words.hash} NOT NULL`,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["id"]
  })
  await createTable(db, words, {
    name: "stream_start",
    columns: {
      stream: `${words.ascii(80)} NOT NULL`,
      version: `${words.integer} NOT NULL`,
      hash: `${words.hash} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      state: words.longText
    },
    primaryKey: ["stream"]
  })
}
