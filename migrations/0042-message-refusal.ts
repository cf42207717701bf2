/** Projection: messages that WhatsApp refused because they would have begun a chat (463), by time. `cause`: null where it is not known. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "message_refusal",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      refused_at: `${words.integer} NOT NULL`,
      cause: words.ascii(20)
    },
    primaryKey: ["device", "message_id"],
    indexes: { message_refusal_device_time: ["device", "refused_at"] }
  })
