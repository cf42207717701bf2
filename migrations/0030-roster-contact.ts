/**
 * Projection of the roster: what each event said of a contact, under the contact's LID, or the jid of the number while no LID is known.
 * The newest that is said of a column counts; an empty text takes a value back. `as_of` orders them: the position, or an earlier one
 * that the event stands for.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "roster_contact",
    columns: {
      device: `${words.integer} NOT NULL`,
      contact: `${words.ascii(80)} NOT NULL`,
      position: `${words.integer} NOT NULL`,
      place: `${words.integer} NOT NULL`,
      as_of: `${words.integer} NOT NULL`,
      number: words.ascii(20),
      name: words.text(255),
      push_name: words.text(255),
      verified_name: words.text(255),
      username: words.text(255),
      blocked: words.flag
    },
    primaryKey: ["device", "contact", "position", "place"],
    isClustered: true,
    indexes: {
      roster_contact_number: ["device", "number", "contact"],
      roster_contact_blocked: ["device", "blocked", "contact"],
      roster_contact_position: ["position"]
    }
  })
