/**
 * The beginnings of receivers' answers, which may repeat an event's content: an erasure deletes them by the event's position. An event
 * that every receiver answered without a text has no row.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "webhook_answer",
    columns: {
      position: `${words.integer} NOT NULL`,
      webhook_id: `${words.ascii(40)} NOT NULL`,
      answers: `${words.longText} NOT NULL`
    },
    primaryKey: ["position", "webhook_id"],
    isClustered: true
  })
