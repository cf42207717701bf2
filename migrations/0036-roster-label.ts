/** Projection of the roster: what each event said of a label; the newest counts. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_label",
    columns: {
      device: `${words.integer} NOT NULL`,
      label: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      name: words.text(255),
      color: words.integer,
      deleted: `${words.flag} NOT NULL`
    },
    primaryKey: ["device", "label", "position"],
    isClustered: true
  })
