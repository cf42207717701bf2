/** Projection: which events edited or revoked a message, so that a mark can be taken back without looking for the others. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "message_mark",
    columns: {
      device: `${words.integer} NOT NULL`,
      message_id: `${words.ascii(80)} NOT NULL`,
      mark: `${words.ascii(8)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      chat: `${words.ascii(80)} NOT NULL`,
      from_me: `${words.flag} NOT NULL`,
      sender: `${words.ascii(80)} NOT NULL`,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["device", "message_id", "mark", "position"],
    isClustered: true
  })
