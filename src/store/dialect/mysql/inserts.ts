/**
 * Many rows in few statements: INSERTs of 1, 2, 4, 8 … rows, so that few texts are prepared. No statement exceeds the server's packet
 * size.
 */
import type { SqlValue, Statement } from "../dialect.ts"

export interface InsertLimits {
  /** A power of two. */
  readonly rowsMax: number
  readonly bytesMax: number
}

/** `opening`: "INSERT INTO … (…) VALUES". Every row must have the same number of values. `closing`: the text after the rows. */
export const insertRows = (
  opening: string,
  rows: readonly (readonly SqlValue[])[],
  limits: InsertLimits,
  closing = ""
): readonly Statement[] => {
  const statements: Statement[] = []
  for (let start = 0; start < rows.length; ) {
    const count = chunkSize(rows, start, limits)
    const chunk = rows.slice(start, start + count)
    statements.push({ sql: textOf(opening, chunk[0]?.length ?? 0, count, closing), parameters: chunk.flat() })
    start += count
  }
  return statements
}

/**
 * Joins inserts into the same columns of a table into one statement, across statements in between that do not name the table. The
 * order within each table is kept. The events of a batch each write a row to several tables.
 */
export const joinInserts = (statements: readonly Statement[], limits: InsertLimits): readonly Statement[] => {
  const joined: Statement[] = []
  const runs = new Map<string, Run>()
  const end = (table: string) => {
    const run = runs.get(table)
    runs.delete(table)
    if (run?.rows.length === 1) joined.push({ sql: run.sql, parameters: run.rows[0] ?? [] })
    else if (run) joined.push(...insertRows(run.opening, run.rows, limits, run.closing))
  }
  for (const { sql: common, mysql: sql = common, parameters } of statements) {
    const { insert, words } = shapeOf(sql)
    if (insert === undefined) {
      for (const table of runs.keys()) if (words.has(table)) end(table)
      joined.push({ sql, parameters })
      continue
    }
    if (runs.get(insert.table)?.sql !== sql) {
      end(insert.table)
      runs.set(insert.table, { sql, ...insert, rows: [] })
    }
    runs.get(insert.table)?.rows.push(parameters)
  }
  for (const table of runs.keys()) end(table)
  return joined
}

/** Inserts that wait to be joined into one statement. */
interface Run {
  readonly sql: string
  readonly opening: string
  readonly closing: string
  readonly rows: (readonly SqlValue[])[]
}

const chunkSize = (rows: readonly (readonly SqlValue[])[], start: number, limits: InsertLimits): number => {
  let fitting = 0
  let bytes = 0
  while (fitting < limits.rowsMax && start + fitting < rows.length) {
    bytes += bytesOf(rows[start + fitting] ?? [])
    if (bytes > limits.bytesMax && fitting > 0) break
    fitting++
  }
  return 2 ** Math.floor(Math.log2(fitting))
}

/** An upper bound that is fast to compute: a UTF-16 unit takes at most three bytes of text. */
const bytesOf = (row: readonly SqlValue[]): number => {
  let bytes = 0
  for (const value of row)
    bytes += typeof value === "string" ? value.length * 3 : value instanceof Uint8Array ? value.length : 9
  return bytes
}

const texts = new Map<string, string>()

const textOf = (opening: string, columns: number, rows: number, closing: string): string => {
  const key = `${rows} ${opening}${closing}`
  const known = texts.get(key)
  if (known !== undefined) return known
  const row = `(${Array.from({ length: columns }, () => "?").join(", ")})`
  const text = `${opening} ${Array.from({ length: rows }, () => row).join(", ")}${closing}`
  texts.set(key, text)
  return text
}

interface Shape {
  /** For a statement that inserts one row of parameters, or changes the row with its key: the text before and after the values. */
  readonly insert: { readonly table: string; readonly opening: string; readonly closing: string } | undefined
  /** Every word of the statement, and so the name of every table that it touches. */
  readonly words: ReadonlySet<string>
}

const ONE_ROW = /^((?:INSERT|REPLACE) INTO (\w+) \([\w, ]+\) VALUES) \(\?(?:, \?)*\)( ON DUPLICATE KEY UPDATE [^?]+)?$/

const shapes = new Map<string, Shape>()

const shapeOf = (sql: string): Shape => {
  const known = shapes.get(sql)
  if (known !== undefined) return known
  const [, opening, table, closing = ""] = ONE_ROW.exec(sql) ?? []
  const insert = opening !== undefined && table !== undefined ? { opening, table, closing } : undefined
  const shape = { insert, words: new Set(sql.match(/\w+/g)) }
  shapes.set(sql, shape)
  return shape
}
