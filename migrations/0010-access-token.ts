/** Access tokens that are valid now, by the SHA-256 of their 256 random bits. */
import type { Kysely } from "kysely"
import { createTable, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  createTable(db, words, {
    name: "access_token",
    columns: {
      token_id: `${words.ascii(30)} NOT NULL`,
      user_id: `${words.ascii(30)} NOT NULL`,
      token_hash: `${words.hash} NOT NULL`,
      issued_at: `${words.integer} NOT NULL`
    },
    primaryKey: ["token_id"],
    unique: { access_token_token_hash: ["token_hash"] },
    indexes: { access_token_user: ["user_id", "issued_at"] }
  })
