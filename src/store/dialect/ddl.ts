/** Describes a table once and writes it as DDL in both dialects. Safe to run again after a crash in between. */
import { type Kysely, sql } from "kysely"
import type { Dialect } from "./dialect.ts"

export interface Words {
  readonly dialect: Dialect["name"]
  readonly integer: string
  readonly flag: string
  /** Text that the gateway makes: ids, types, states. Compared byte by byte. */
  readonly ascii: (length: number) => string
  /** Text that a client or a sender makes. */
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
  /** Column name → type and constraints. */
  readonly columns: Readonly<Record<string, string>>
  readonly primaryKey: readonly string[]
  /** Makes SQLite store the rows in the order of the primary key, without a second index for it, as MySQL always does. */
  readonly isClustered?: boolean
  /** Index name → columns. */
  readonly unique?: Readonly<Record<string, readonly string[]>>
  readonly indexes?: Readonly<Record<string, readonly string[]>>
  /** MySQL only. Index name → columns. */
  readonly fulltext?: Readonly<Record<string, readonly string[]>>
}

/** MySQL gets its indexes inside CREATE TABLE, because it has no CREATE INDEX IF NOT EXISTS. */
export const createTable = async (db: Kysely<unknown>, words: Words, table: TableDefinition): Promise<void> => {
  const mysql = words.dialect === "mysql"
  const list = (columns: readonly string[]) => columns.join(", ")
  const unique = Object.entries(table.unique ?? {})
  const indexes = Object.entries(table.indexes ?? {})
  const fulltext = Object.entries(table.fulltext ?? {})
  const lines = [
    ...Object.entries(table.columns).map(([column, type]) => `${column} ${type}`),
    `PRIMARY KEY (${list(table.primaryKey)})`,
    ...(mysql ? unique.map(([name, columns]) => `UNIQUE KEY ${name} (${list(columns)})`) : []),
    ...(mysql ? indexes.map(([name, columns]) => `KEY ${name} (${list(columns)})`) : []),
    ...(mysql ? fulltext.map(([name, columns]) => `FULLTEXT KEY ${name} (${list(columns)})`) : [])
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

/** Adds a column if the table does not have it. Neither dialect has IF NOT EXISTS for this. */
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

/** Adds an index if the table does not have it. MySQL has no IF NOT EXISTS for this. */
export const addIndex = async (db: Kysely<unknown>, { dialect }: Words, { table, name, columns }: IndexDefinition) => {
  if (dialect === "mysql") {
    const known = await sql`SELECT 1 FROM information_schema.statistics
      WHERE table_schema = DATABASE() AND table_name = ${table} AND index_name = ${name} LIMIT 1`.execute(db)
    if (known.rows.length > 0) return
  }
  const create = dialect === "mysql" ? "CREATE INDEX" : "CREATE INDEX IF NOT EXISTS"
  await sql.raw(`${create} ${name} ON ${table} (${columns.join(", ")})`).execute(db)
}
