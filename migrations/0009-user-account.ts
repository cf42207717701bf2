/** Accounts. Mutable, since the password's hash (argon2id, PHC string) must be replaceable; the events say when, not what. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "user_account",
    columns: {
      number_id: `${words.integer} NOT NULL`,
      user_id: `${words.ascii(30)} NOT NULL`,
      number: `${words.ascii(15)} NOT NULL`,
      password_hash: `${words.ascii(255)} NOT NULL`,
      registered_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["number_id"],
    unique: { user_account_user_id: ["user_id"], user_account_number: ["number"] }
  })
