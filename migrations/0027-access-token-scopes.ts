/**
 * What a token allows: a name, scopes and devices (both JSON; null for all that its owner may), until when, and when it was last
 * used. Tokens of earlier releases came from logins and have none of these.
 */
import type { Kysely } from "kysely"
import { addColumn, type Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  await addColumn(db, "access_token", "name", words.text(100))
  await addColumn(db, "access_token", "scopes", words.ascii(100))
  await addColumn(db, "access_token", "devices", words.longText)
  await addColumn(db, "access_token", "expires_at", words.integer)
  await addColumn(db, "access_token", "last_used_at", words.integer)
}
