/** Projection of the roster: calls that are known, so that one that WhatsApp tells again is recorded once. `ended`: 1 for its end. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_call",
    columns: {
      device: `${words.integer} NOT NULL`,
      call_id: `${words.ascii(80)} NOT NULL`,
      ended: `${words.flag} NOT NULL`,
      position: `${words.integer} NOT NULL`
    },
    primaryKey: ["device", "call_id", "ended", "position"],
    isClustered: true
  })
