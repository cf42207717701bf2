/**
 * Many rows in few statements: INSERTs of 1, 2, 4, 8 … rows, so that few texts are prepared, and none of more bytes than the
 * server takes in one packet.
 */
import type { SqlValue, Statement } from "../dialect.ts"

export interface InsertLimits {
  /** A power of two. */
  readonly rowsMax: number
  readonly bytesMax: number
}

/** `opening`: "INSERT INTO … (…) VALUES"; every row has the same number of values. */
export const insertRows = (
  opening: string,
  rows: readonly (readonly SqlValue[])[],
  limits: InsertLimits
): readonly Statement[] => {
  const statements: Statement[] = []
  for (let start = 0; start < rows.length; ) {
    const count = chunkSize(rows, start, limits)
    const chunk = rows.slice(start, start + count)
    statements.push({ sql: textOf(opening, chunk[0]?.length ?? 0, count), parameters: chunk.flat() })
    start += count
  }
  return statements
}

/** Neighbours that insert into the same columns become one statement; all others stay as they are, in order. */
export const joinInserts = (statements: readonly Statement[], limits: InsertLimits): readonly Statement[] => {
  const joined: Statement[] = []
  for (let start = 0; start < statements.length; ) {
    const { sql } = statements[start] as Statement
    const opening = openingOf(sql)
    let end = start + 1
    if (opening !== undefined) while (statements[end]?.sql === sql) end++
    const run = statements.slice(start, end)
    if (opening === undefined || run.length === 1) joined.push(...run)
    else {
      const rows = run.map(({ parameters }) => parameters)
      joined.push(...insertRows(opening, rows, limits))
    }
    start = end
  }
  return joined
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

/** A bound that is quick to find: a character of text takes three bytes at most for each of its UTF-16 units. */
const bytesOf = (row: readonly SqlValue[]): number => {
  let bytes = 0
  for (const value of row)
    bytes += typeof value === "string" ? value.length * 3 : value instanceof Uint8Array ? value.length : 9
  return bytes
}

const texts = new Map<string, string>()

const textOf = (opening: string, columns: number, rows: number): string => {
  const key = `${rows} ${opening}`
  const known = texts.get(key)
  if (known !== undefined) return known
  const row = `(${Array.from({ length: columns }, () => "?").join(", ")})`
  const text = `${opening} ${Array.from({ length: rows }, () => row).join(", ")}`
  texts.set(key, text)
  return text
}

const openings = new Map<string, string | undefined>()

/** What stands before the values, where a statement inserts one row of parameters and does nothing else. */
const openingOf = (sql: string): string | undefined => {
  if (openings.has(sql)) return openings.get(sql)
  const opening = /^((?:INSERT|REPLACE) INTO \w+ \([\w, ]+\) VALUES) \(\?(?:, \?)*\)$/.exec(sql)?.[1]
  openings.set(sql, opening)
  return opening
}
