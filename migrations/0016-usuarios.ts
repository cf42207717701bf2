/** For operators who read the database: accounts under the name and the columns that they know. */
import { type Kysely, sql } from "kysely"
import type { Words } from "../src/store/dialect/ddl.ts"

export const up = async (db: Kysely<unknown>, words: Words): Promise<void> => {
  const mysql = words.dialect === "mysql"
  const registered = mysql ? "FROM_UNIXTIME(registered_at / 1000)" : "datetime(registered_at / 1000, 'unixepoch')"
  await sql
    .raw(`CREATE ${mysql ? "OR REPLACE VIEW" : "VIEW IF NOT EXISTS"} usuarios AS
SELECT number_id AS id, number AS numero, password_hash, ${registered} AS fecha_registro FROM user_account`)
    .execute(db)
}
