/** Brings the schema up to date: runs the files of `migrations/` that this database has not run yet, in order of their names. */
import { readdir } from "node:fs/promises"
import { type Kysely, sql } from "kysely"
import { DEFAULT_MIGRATION_TABLE, type Migration, Migrator } from "kysely/migration"
import { migrations } from "../installation.ts"
import type { Words } from "./dialect/ddl.ts"
import type { Tables } from "./tables.ts"

/** The exports of a file in `migrations/`. A file is never edited after a release, and must be safe to run again after a crash in its middle. */
export type MigrationFile = { readonly up: (db: Kysely<unknown>, words: Words) => Promise<void> }

/** Terminal: the schema cannot be created or updated. The message says why and what to do. */
export class SchemaProblem extends Error {
  readonly _tag = "SchemaProblem"
}

/**
 * Returns the names of the migrations that ran. Rejects with SchemaProblem: before any change if tables of another program have names of
 * this schema, otherwise with the migration that failed and its cause.
 */
export const migrate = async (db: Kysely<unknown>, words: Words): Promise<readonly string[]> => {
  const foreign = await foreignTables(db)
  if (foreign.length > 0) throw new SchemaProblem(foreignSentence(foreign))
  const migrator = new Migrator({ db, provider: { getMigrations: () => readMigrations(words) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === "Error")?.migrationName
    const reason = error instanceof Error ? error.message : JSON.stringify(error)
    const what = failed ? `migration ${failed} failed` : "the migrations could not run"
    throw new SchemaProblem(`${what}: ${reason}`, { cause: error })
  }
  return (results ?? []).map((result) => result.migrationName)
}

/** Tables and views with a name of this schema in a database that this program has not migrated: another program's. */
export const foreignTables = async (db: Kysely<unknown>): Promise<readonly string[]> => {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  const names = new Set(tables.map(({ name }) => name))
  return names.has(DEFAULT_MIGRATION_TABLE) ? [] : relationNames.filter((name) => names.has(name))
}

export const foreignSentence = (names: readonly string[]): string =>
  `the database has tables of another program: ${names.join(", ")}; set another DB_NAME, or move them away`

/** Every table and view that the migrations create on both dialects. A test compares the list with a migrated database. */
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
  "message_refusal",
  "message_text",
  "outbox",
  "projection",
  "roster_call",
  "roster_chat",
  "roster_chat_fact",
  "roster_contact",
  "roster_group",
  "roster_label",
  "roster_labelled",
  "roster_mark",
  "roster_member",
  "roster_message",
  "snapshot",
  "store_setting",
  "stream_start",
  "subscription",
  "user_account",
  "usuarios",
  "webhook",
  "webhook_answer",
  "webhook_delivered",
  "webhook_delivery",
  "bulk_send",
  "bulk_item"
]

/** Those of SQLite alone: its full-text index. */
export const sqliteRelationNames: readonly string[] = [
  "message_search",
  "message_search_config",
  "message_search_data",
  "message_search_idx"
]

export interface MigrationState {
  /** Migrations of this release that have not run on this database. */
  readonly pending: readonly string[]
  /** Migrations that a later release has run on this database. */
  readonly unknown: readonly string[]
}

/** Compares this release's migrations with those that ran on the database. Changes nothing. */
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
  (await readdir(migrations.folder))
    .filter((name) => name.endsWith(migrations.ending))
    .toSorted()
    .map((name) => name.slice(0, -migrations.ending.length))

const readMigrations = async (words: Words): Promise<Record<string, Migration>> => {
  const { folder, ending } = migrations
  const read: Record<string, Migration> = {}
  for (const name of await namesOfMigrations()) {
    const file = (await import(new URL(`${name}${ending}`, folder).href)) as MigrationFile
    read[name] = { up: (db) => file.up(db as Kysely<unknown>, words) }
  }
  return read
}
