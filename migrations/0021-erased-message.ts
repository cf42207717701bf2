/** Projection: ids of messages that were erased, so that they are not taken in again when WhatsApp delivers them again. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "erased_message",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`
    },
    primaryKey: ["device", "message_id"],
    indexes: { erased_message_message_id: ["message_id"] }
  })
