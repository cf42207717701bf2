/** Brings the schema up to date: runs the files of `migrations/` that this database has not seen, in order of their names. */
import { readdir } from "node:fs/promises"
import { type Kysely, sql } from "kysely"
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration"
import type { Words } from "./dialect/ddl.ts"
import type { Tables } from "./tables.ts"

/** What a file in `migrations/` exports. Never edited after a release; each may be run again after a crash in its middle. */
export type MigrationFile = { readonly up: (db: Kysely<unknown>, words: Words) => Promise<void> }

const folder = new URL("../../migrations/", import.meta.url)

/** Answers the names of the migrations that ran; rejects with the first failure, naming its migration. */
export const migrate = async (db: Kysely<unknown>, words: Words): Promise<readonly string[]> => {
  const migrator = new Migrator({ db, provider: { getMigrations: () => readMigrations(words) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName
    throw new Error(failed ? `migration ${failed} failed` : "the migrations could not be run", { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

export interface MigrationState {
  /** Known here, and not run on this database. */
  readonly pending: readonly string[]
  /** Run on this database by a later release. */
  readonly unknown: readonly string[]
}

/** Compares this release with what ran on the database; changes nothing. */
export const migrationState = async (db: Kysely<Tables>): Promise<MigrationState> => {
  const known = await namesOfMigrations()
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const hasRun = tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)
  const { rows } = hasRun
    ? await sql<{ name: string }>`SELECT name FROM ${sql.table(DEFAULT_MIGRATION_TABLE)}`.execute(db)
    : { rows: [] }
  const ran = new Set(rows.map(({ name }) => name))
  return { pending: known.filter((name) => !ran.has(name)), unknown: [...ran].filter((name) => !known.includes(name)) }
}

const namesOfMigrations = async (): Promise<readonly string[]> =>
  (await readdir(folder))
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map((name) => name.slice(0, -".ts".length))

const readMigrations = async (words: Words): Promise<Record<string, Migration>> => {
  const migrations: Record<string, Migration> = {}
  for (const name of await namesOfMigrations()) {
    const file = (await import(new URL(`${name}.ts`, folder).href)) as MigrationFile
    migrations[name] = { up: (db) => file.up(db as Kysely<unknown>, words) }
  }
  return migrations
}
