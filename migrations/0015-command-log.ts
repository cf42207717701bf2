/** Idempotency keys: the command each one stands for, written in the transaction of its events, and later its outcome. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "command_log",
    columns: {
      scope: `${words.ascii(80)} NOT NULL`,
      idempotency_key: `${words.ascii(255)} NOT NULL`,
      fingerprint: `${words.hash} NOT NULL`,
      subject: words.ascii(120),
      status: words.integer,
      body: words.longText,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["scope", "idempotency_key"],
    indexes: { command_log_recorded_at: ["recorded_at"] }
  })
