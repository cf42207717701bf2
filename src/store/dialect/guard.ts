/** A condition that a unit of writes depends on, checked inside its transaction. */
import type { SqlValue, Statement } from "./dialect.ts"

/**
 * Refuses its unit, and no other unit of the batch, unless the condition holds. Otherwise it inserts the row of `log_head` a second
 * time, which the primary key forbids. The unit then fails with DuplicateKey, as it does for a key of its own. To know which of them
 * it was, the caller checks the condition again.
 */
export const refuseUnless = (condition: string, parameters: readonly SqlValue[]): Statement => ({
  sql: `INSERT INTO log_head (id, position, hash, recorded_at)
    SELECT id, position, hash, recorded_at FROM log_head WHERE id = 1 AND NOT (${condition})`,
  parameters
})
