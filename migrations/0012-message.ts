/** The projection of the message streams: one row per message, with its delivery status. The content stays in the event at `position`. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "message",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      sender: `${words.ascii(80)} NOT NULL`,
      from_me: `${words.flag} NOT NULL`,
      kind: `${words.ascii(20)} NOT NULL`,
      status: `${words.ascii(12)} NOT NULL`,
      failure_code: words.ascii(40),
      failure_text: words.text(255),
      created_at: `${words.integer} NOT NULL`,
      sent_at: words.integer,
      delivered_at: words.integer,
      read_at: words.integer,
      played_at: words.integer,
      failed_at: words.integer,
      edited_at: words.integer,
      revoked_at: words.integer,
      position: `${words.integer} NOT NULL`
    },
    primaryKey: ["device", "message_id", "from_me", "chat", "sender"],
    indexes: { message_message_id: ["message_id"] }
  })
