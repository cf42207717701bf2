/** Projection of the roster: what each event said of a member of a group; the newest counts. `member_rank` empty: no longer a member. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_member",
    columns: {
      device: `${words.integer} NOT NULL`,
      group_id: `${words.ascii(80)} NOT NULL`,
      member: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      number: words.ascii(20),
      member_rank: `${words.ascii(12)} NOT NULL`
    },
    primaryKey: ["device", "group_id", "member", "position", "place"],
    isClustered: true,
    indexes: { roster_member_member: ["device", "member", "group_id"], roster_member_position: ["position"] }
  })
