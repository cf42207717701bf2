/** The head of an empty log: position 0 and a hash of zeros. */
import { type Kysely, sql } from "kysely"

export const up = async (db: Kysely<unknown>): Promise<void> => {
  await sql`INSERT INTO log_head (id, position, hash, recorded_at)
    SELECT 1, 0, ${new Uint8Array(32)}, 0 FROM (SELECT 1 AS one) AS once WHERE NOT EXISTS (SELECT 1 FROM log_head)`.execute(
    db
  )
}
