/**
 * Deliveries that succeeded at their first attempt, many in a row: those that an endpoint's courier writes together. `deliveries` is JSON.
 * Every other outcome is a row of `webhook_delivery`.
 */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "webhook_delivered",
    columns: {
      webhook_id: `${words.ascii(40)} NOT NULL`,
      first_position: `${words.integer} NOT NULL`,
      last_position: `${words.integer} NOT NULL`,
      deliveries: `${words.longText} NOT NULL`
    },
    primaryKey: ["webhook_id", "first_position"],
    isClustered: true
  })
