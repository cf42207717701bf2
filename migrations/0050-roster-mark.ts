/**
 * Projection of the roster: which messages an event gave a star or hid, or took that back from; the newest counts. `other`: the jid of the
 * chat's number. And until when a chat was cleared, beside what else events said of chats.
 */
import type { Kysely } from "kysely"
import { addColumn, createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  await createTable(db, words, {
    name: "roster_mark",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      mark: `${words.ascii(8)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      other: words.ascii(80),
      from_me: `${words.flag} NOT NULL`,
      marked: `${words.flag} NOT NULL`
    },
    primaryKey: ["device", "message_id", "mark", "position"],
    isClustered: true
  })
  await addColumn(db, "roster_chat_fact", "cleared_at", words.integer)
}
