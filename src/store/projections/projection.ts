/**
 * What an inline projection is: read models that are written in the transaction of the events they come from. Keeps LOG-5 and LOG-8.
 *
 * A projection is one file here and one line in registry.ts. It knows how to write its own rows (`project`) and how to undo them
 * when an event's payload goes (`forget`), so that no code elsewhere has to know its tables.
 */
import type { AnyEvent } from "../../events/catalog.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { StreamStart } from "../../events/log-start.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"

export interface Projection {
  readonly name: string
  /** Grows when `project` changes its meaning: the next start then builds the tables again from the log. */
  readonly version: number
  /** Its tables, emptied before they are built again. */
  readonly tables: readonly string[]
  /**
   * Types whose payloads can be erased: `forget` undoes what `project` wrote for them. A type that another projection has erased
   * must be listed here as well if `project` writes anything for it.
   */
  readonly erases: readonly AnyEvent["type"][]
  /** Those of them that the setting RETENTION may name: erasing them by age changes nothing about events that stay. */
  readonly retains: readonly AnyEvent["type"][]
  /** Pure; `data` is the event's data as the catalogue reads it. Types it does not know give no statement. */
  readonly project: (event: RecordedEvent, data: unknown) => readonly Statement[]
  /**
   * Pure; for the transaction in which the event's payload goes. Leaves exactly the rows that building the tables again from the
   * remaining log would give, in whatever order events are forgotten. Types that are not in `erases` give no statement.
   */
  readonly forget: (event: RecordedEvent, data: unknown) => readonly Statement[]
  /** Pure: what would be there of a stream's events that were dropped with the beginning of the log (events/stream-state.ts). */
  readonly begin: (start: StreamStart, state: string) => readonly Statement[]
  /** Pure: deletes what is known of a device of which no event is left, as trimming drops its last one. */
  readonly forgetDevice?: (device: number) => readonly Statement[]
}

/** Keeps the names of the types in `erases` and `retains` known to the compiler. */
export const defineProjection = <const P extends Projection>(projection: P): P => projection

/** One column set to a value each; the SQL text depends on the columns alone, so that it is prepared once. */
export type Assignments = Readonly<Record<string, SqlValue>>

export const insertInto = (table: string, values: Assignments): Statement => {
  const columns = Object.keys(values)
  return {
    sql: `INSERT INTO ${table} (${columns.join(", ")}) VALUES (${columns.map(() => "?").join(", ")})`,
    parameters: Object.values(values)
  }
}

/**
 * Inserts a row; where its key is taken, changes the row that is there. `changes`: column → an expression over the columns, in which
 * `NEW.column` is the value that was to be inserted. MySQL computes them one after the other, each from what the one before has
 * left: a column must not be read after it was changed.
 */
export const upsertInto = (
  table: string,
  values: Assignments,
  key: readonly string[],
  changes: Readonly<Record<string, string>>
): Statement => {
  const { sql: insert, parameters } = insertInto(table, values)
  const settings = Object.entries(changes).map(([column, expression]) => `${column} = ${expression}`)
  const inWords = (of: string) => settings.map((setting) => setting.replaceAll(/\bNEW\.(\w+)/g, of)).join(", ")
  return {
    sql: `${insert} ON CONFLICT (${key.join(", ")}) DO UPDATE SET ${inWords("excluded.$1")}`,
    mysql: `${insert} ON DUPLICATE KEY UPDATE ${inWords("VALUES($1)")}`,
    parameters
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
