/** Projection of the roster: which chats and messages an event gave a label, or took it from; the newest counts. `message_id` may be empty. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_labelled",
    columns: {
      device: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      label: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      assigned: `${words.flag} NOT NULL`
    },
    primaryKey: ["device", "chat", "message_id", "label", "position"],
    isClustered: true,
    indexes: { roster_labelled_label: ["device", "label", "chat"] }
  })
