/**
 * An inline projection: a read model that is written in the transaction of the events it is built from. Keeps LOG-5 and LOG-8.
 *
 * A projection is one file here and one line in registry.ts. It writes its own rows (`project`) and undoes them when an event's payload
 * is erased (`forget`), so that no other code has to know its tables.
 */
import type { AnyEvent } from "../../events/catalog.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { StreamStart } from "../../events/log-start.ts"
import type { SqlValue, Statement } from "../dialect/dialect.ts"

export interface Projection {
  readonly name: string
  /** Increase it when `project` changes its result: the next start then rebuilds the tables from the log. */
  readonly version: number
  /** The projection's tables. They are emptied before a rebuild. */
  readonly tables: readonly string[]
  /**
   * Event types whose payloads can be erased: `forget` undoes what `project` wrote for them. List every type that another projection
   * lists, if `project` writes anything for it.
   */
  readonly erases: readonly AnyEvent["type"][]
  /** Those types that the setting RETENTION may name: erasing them by age changes nothing about the events that stay. */
  readonly retains: readonly AnyEvent["type"][]
  /** Pure. `data` is the event's data as the catalogue reads it. Returns no statement for other types. */
  readonly project: (event: RecordedEvent, data: unknown) => readonly Statement[]
  /**
   * Pure. For the transaction that erases the event's payload. Leaves exactly the rows that a rebuild from the remaining log would
   * give, in whatever order events are erased. Returns no statement for types outside of `erases`.
   */
  readonly forget: (event: RecordedEvent, data: unknown) => readonly Statement[]
  /** Pure: the rows that the trimmed events of a stream would have left (events/stream-state.ts). */
  readonly begin: (start: StreamStart, state: string) => readonly Statement[]
  /** Pure: deletes what is known of a device whose last event is being trimmed. */
  readonly forgetDevice?: (device: number) => readonly Statement[]
}

/** Keeps the type names in `erases` and `retains` known to the compiler. */
export const defineProjection = <const P extends Projection>(projection: P): P => projection

/** A value for each column. The SQL text depends only on the columns, so each text is prepared once. */
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
