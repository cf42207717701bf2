/** Idempotency keys: what each one's command made, written in the transaction of its events, and the status that was answered. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "command_log",
    columns: {
      scope: `${words.ascii(80)} NOT NULL`,
      idempotency_key: `${words.ascii(255)} NOT NULL`,
      fingerprint: `${words.hash} NOT NULL`,
      subject: `${words.ascii(120)} NOT NULL`,
      status: words.integer,
      recorded_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["scope", "idempotency_key"],
    indexes: { command_log_recorded_at: ["recorded_at"] }
  })
