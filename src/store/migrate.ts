/** Brings the schema up to date: runs the files of `migrations/` that this database has not seen, in order of their names. */
import { readdir } from "node:fs/promises"
import { type Kysely, sql } from "kysely"
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration"
import type { Words } from "./dialect/ddl.ts"
import type { Tables } from "./tables.ts"

/** What a file in `migrations/` exports. Never edited after a release; each may be run again after a crash in its middle. */
export type MigrationFile = { readonly up: (db: Kysely<unknown>, words: Words) => Promise<void> }

/** Terminal: the schema cannot be made or brought up to date; the message says why and what to do. */
export class SchemaProblem extends Error {
  readonly _tag = "SchemaProblem"
}

const folder = new URL("../../migrations/", import.meta.url)

/**
 * Answers the names of the migrations that ran. Rejects with SchemaProblem: before anything is changed where tables of another program
 * are in the way, else with the migration that failed and its cause.
 */
export const migrate = async (db: Kysely<unknown>, words: Words): Promise<readonly string[]> => {
  const foreign = await foreignTables(db)
  if (foreign.length > 0) throw new SchemaProblem(foreignSentence(foreign))
  const migrator = new Migrator({ db, provider: { getMigrations: () => readMigrations(words) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName
    const reason = error instanceof Error ? error.message : JSON.stringify(error)
    const what = failed ? `migration ${failed} failed` : "the migrations could not be run"
    throw new SchemaProblem(`${what}: ${reason}`, { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

/** Tables and views of other programs that have a name of this schema, on a database that no migration ran on. */
export const foreignTables = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const names = new Set(tables.map(({ name }) => name))
  return names.has(DEFAULT_MIGRATION_TABLE) ? [] : relationNames.filter((name) => names.has(name))
}

export const foreignSentence = (names: readonly string[]): string =>
  `the database has tables of another program: ${names.join(", ")}; set another DB_NAME, or move them away`

/** Every table and view that the migrations make. A test holds this list against a migrated database. */
export const relationNames: readonly string[] = [
  "access_token",
  "auth_state",
  "command_log",
  "device",
  "dispositivos_whatsapp",
  "erased_message",
  "event_log",
  "event_payload",
  "event_subject",
  "id_sequence",
  "log_head",
  "log_start",
  "media_reference",
  "message",
  "message_mark",
  "message_receipt",
  "outbox",
  "projection",
  "snapshot",
  "store_setting",
  "stream_start",
  "subscription",
  "user_account",
  "usuarios"
]

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
