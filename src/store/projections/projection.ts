/** What an inline projection is: read models kept in the transaction of the events they come from. Keeps LOG-5. */
import type { RecordedEvent } from "../../events/envelope.ts"
import type { StreamStart } from "../../events/log-start.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"

export interface Projection {
  readonly name: string
  /** Grows when `project` changes its meaning: the next start then builds the tables again from the log. */
  readonly version: number
  /** Its tables, emptied before they are built again. */
  readonly tables: readonly string[]
  /** Pure; `data` is the event's data as the catalogue reads it. Types it does not know give no statement. */
  readonly project: (event: RecordedEvent, data: unknown) => readonly Statement[]
  /** Pure: what would be there of a stream's events that were dropped with the beginning of the log (events/stream-state.ts). */
  readonly begin: (start: StreamStart, state: string) => readonly Statement[]
}

/** One column set to a value each; the SQL text depends on the columns alone, so that it is prepared once. */
export type Assignments = Readonly<Record<string, SqlValue>>

export const insertInto = (table: string, values: Assignments): Statement => {
  const columns = Object.keys(values)
  return {
    sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    parameters: Object.values(values)
  }
}

export const updateWhere = (table: string, values: Assignments, where: Assignments): Statement => ({
  sql: `UPDATE ${table} SET ${equalities(values).join(", ")} WHERE ${equalities(where).join(" AND ")}`,
  parameters: [...Object.values(values), ...Object.values(where)]
})

export const deleteFrom = (table: string, where: Assignments): Statement => ({
  sql: `DELETE FROM ${table} WHERE ${equalities(where).join(" AND ")}`,
  parameters: Object.values(where)
})

const equalities = (values: Assignments): string[] => Object.keys(values).map((column) => `${column} = ?`)
