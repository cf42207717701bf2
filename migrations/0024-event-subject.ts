/** Projection: which erasable events are about which person or message. A person: `user@server`; a message: `message:<id>`. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "event_subject",
    columns: {
      subject: `${words.ascii(100)} NOT NULL`,
      device: `${words.integer} NOT NULL`,
      position: `${words.integer} NOT NULL`
    },
    primaryKey: ["subject", "device", "position"],
    isClustered: true
  })
