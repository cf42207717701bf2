/** The messages of bulk sends. `content` is null once the message was handed over: then it is in the log. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "bulk_item",
    columns: {
      bulk_id: `${words.ascii(40)} NOT NULL`,
      seq: `${words.integer} NOT NULL`,
      device: `${words.integer} NOT NULL`,
      recipient: `${words.ascii(80)} NOT NULL`,
      content: words.longText,
      message_id: `${words.ascii(80)} NOT NULL`,
      status: `${words.ascii(12)} NOT NULL`,
      reason: words.text(200),
      begins_chat: `${words.flag} NOT NULL`,
      at: words.integer
    },
    primaryKey: ["bulk_id", "seq"],
    indexes: {
      bulk_item_status: ["bulk_id", "status", "seq"],
      bulk_item_recipient: ["recipient"],
      bulk_item_begun: ["device", "begins_chat", "at"]
    }
  })
