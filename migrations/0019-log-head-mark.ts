/**
 * What a writer leaves in `log_head` with every transaction, where the database is a server: `mark` tells whether a transaction
 * was committed whose connection was lost, `owner` which gateway may write.
 */
import type { Kysely } from "kysely"
import { addColumn, type Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  await addColumn(db, "log_head", "mark", words.salt)
  await addColumn(db, "log_head", "owner", words.salt)
}
