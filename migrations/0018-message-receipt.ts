/** Projection: who in a group has received, read or played a message. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "message_receipt",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      participant: `${words.ascii(80)} NOT NULL`,
      receipt: `${words.ascii(12)} NOT NULL`,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["device", "message_id", "participant", "receipt"]
  })
