/**
 * Projection of the roster: one row a chat, for lists. `active_at`: its last message. `read_at`: the time of the newest message that is
 * counted in `unread` as the phone said, or was read. `deleted_at`: newer messages only list it. `listing`: 0 not, 1 yes, 2 in the archive.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_chat",
    columns: {
      device: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      listing: `${words.flag} NOT NULL`,
      active_at: `${words.integer} NOT NULL`,
      unread: `${words.integer} NOT NULL`,
      read_at: `${words.integer} NOT NULL`,
      deleted_at: `${words.integer} NOT NULL`,
      archived: `${words.flag} NOT NULL`
    },
    primaryKey: ["device", "chat"],
    isClustered: true,
    indexes: { roster_chat_activity: ["device", "listing", "active_at", "chat"] }
  })
