/** Projection of the roster: what each event said of a chat; the newest that is said of a column counts. `other`: the jid of its number. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_chat_fact",
    columns: {
      device: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      other: words.ascii(80),
      name: words.text(255),
      last_message_at: words.integer,
      unread: words.integer,
      unread_at: words.integer,
      marked_unread: words.flag,
      archived: words.flag,
      pinned_at: words.integer,
      muted_until: words.integer,
      read_only: words.flag,
      locked: words.flag,
      disappearing_s: words.integer,
      deleted_at: words.integer
    },
    primaryKey: ["device", "chat", "position", "place"],
    isClustered: true,
    indexes: { roster_chat_fact_other: ["device", "other"], roster_chat_fact_position: ["position"] }
  })
