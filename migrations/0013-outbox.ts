/** Projection: accepted messages of which WhatsApp has said nothing yet. Stays small, so a start reads it whole. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "outbox",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      expires_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["device", "message_id"],
    indexes: { outbox_device_position: ["device", "position"] }
  })
