/** One description of a table, written as DDL in both dialects; safe to run again after a crash in between. */
import { type Kysely, sql } from "kysely"
import type { Dialect } from "./dialect.ts"

export interface Words {
  readonly dialect: Dialect["name"]
  readonly integer: string
  readonly flag: string
  /** Text of our own making: ids, types, states. Compared byte by byte. */
  readonly ascii: (length: number) => string
  /** Text of anybody's making. */
  readonly text: (length: number) => string
  readonly longText: string
  readonly hash: string
  readonly salt: string
  readonly blob: string
}

export const sqliteWords: Words = {
  dialect: "sqlite",
  integer: "INTEGER",
  flag: "INTEGER",
  ascii: () => "TEXT",
  text: () => "TEXT",
  longText: "TEXT",
  hash: "BLOB",
  salt: "BLOB",
  blob: "BLOB"
}

export const mysqlWords: Words = {
  dialect: "mysql",
  integer: "BIGINT",
  flag: "TINYINT",
  ascii: (length) => `VARCHAR(${length}) CHARACTER SET ascii COLLATE ascii_bin`,
  text: (length) => `VARCHAR(${length})`,
  longText: "LONGTEXT",
  hash: "BINARY(32)",
  salt: "BINARY(16)",
  blob: "LONGBLOB"
}

export interface TableDefinition {
  readonly name: string
  /** Column → type and constraints. */
  readonly columns: Readonly<Record<string, string>>
  readonly primaryKey: readonly string[]
  /** SQLite keeps the rows in the order of the primary key, too, and no second index for it; MySQL always does. */
  readonly isClustered?: boolean
  /** Index name → columns. */
  readonly unique?: Readonly<Record<string, readonly string[]>>
  readonly indexes?: Readonly<Record<string, readonly string[]>>
}

/** MySQL gets its indexes inside CREATE TABLE, as it has no CREATE INDEX IF NOT EXISTS. */
export const createTable = async (db: Kysely<unknown>, words: Words, table: TableDefinition): Promise<void> => {
  const mysql = words.dialect === "mysql"
  const list = (columns: readonly string[]) => columns.join(", ")
  const unique = Object.entries(table.unique ?? {})
  const indexes = Object.entries(table.indexes ?? {})
  const lines = [
    ...Object.entries(table.columns).map(([column, type]) => `${column} ${type}`),
    `PRIMARY KEY (${list(table.primaryKey)})`,
    ...(mysql ? unique.map(([name, columns]) => `UNIQUE KEY ${name} (${list(columns)})`) : []),
    ...(mysql ? indexes.map(([name, columns]) => `KEY ${name} (${list(columns)})`) : [])
  ]
  const tail = mysql
    ? "ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
    : `STRICT${table.isClustered ? ", WITHOUT ROWID" : ""}`
  await sql.raw(`CREATE TABLE IF NOT EXISTS ${table.name} (\n  ${lines.join(",\n  ")}\n) ${tail}`).execute(db)
  if (mysql) return
  for (const [name, columns] of unique) {
    await sql.raw(`CREATE UNIQUE INDEX IF NOT EXISTS ${name} ON ${table.name} (${list(columns)})`).execute(db)
  }
  for (const [name, columns] of indexes) {
    await sql.raw(`CREATE INDEX IF NOT EXISTS ${name} ON ${table.name} (${list(columns)})`).execute(db)
  }
}

/** Adds a column to a table that has it not yet; neither dialect says IF NOT EXISTS here. */
export const addColumn = async (db: Kysely<unknown>, table: string, column: string, type: string) => {
  const tables = await db.introspection.getTables()
  const known = tables.find(({ name }) => name === table)?.columns.some(({ name }) => name === column)
  if (!known) await sql.raw(`ALTER TABLE ${table} ADD COLUMN ${column} ${type}`).execute(db)
}

export interface IndexDefinition {
  readonly table: string
  readonly name: string
  readonly columns: readonly string[]
}

/** Adds an index to a table that has it not yet; MySQL does not say IF NOT EXISTS here. */
export const addIndex = async (db: Kysely<unknown>, { dialect }: Words, { table, name, columns }: IndexDefinition) => {
  if (dialect === "mysql") {
    const known = await sql`SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ${table} AND index_name = ${name} LIMIT 1`.execute(db)
    if (known.rows.length > 0) return
  }
  const create = dialect === "mysql" ? "CREATE INDEX" : "CREATE INDEX IF NOT EXISTS"
  await sql.raw(`${create} ${name} ON ${table} (${columns.join(", ")})`).execute(db)
}
