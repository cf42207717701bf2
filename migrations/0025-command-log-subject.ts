/** Idempotency keys by what they made: an erasure deletes those of the messages that it takes. */
import type { Kysely } from "kysely"
import { addIndex, type Words } from "../src/store/dialect/ddl.ts"

export const up = (db: Kysely<unknown>, words: Words): Promise<void> =>
  addIndex(db, words, { table: "command_log", name: "command_log_subject", columns: ["subject"] })
