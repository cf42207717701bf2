/** Projection of the roster: what each event said of a group; the newest that is said of a column counts. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_group",
    columns: {
      device: `${words.integer} NOT NULL`,
      group_id: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      subject: words.text(255),
      description: words.text(2048),
      owner_lid: words.ascii(80),
      owner_number: words.ascii(20),
      created_at: words.integer,
      announcement: words.flag,
      locked: words.flag,
      join_approval: words.flag,
      members_add: words.flag,
      disappearing_s: words.integer,
      community: words.ascii(80),
      is_member: words.flag
    },
    primaryKey: ["device", "group_id", "position", "place"],
    isClustered: true,
    indexes: { roster_group_position: ["position"] }
  })
