/** Projection: which events refer to which file of the media folder. A file goes with the last of them. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "media_reference",
    columns: {
      file_name: `${words.ascii(64)} NOT NULL`,
      position: `${words.integer} NOT NULL`
    },
    primaryKey: ["file_name", "position"],
    indexes: { media_reference_position: ["position"] }
  })
