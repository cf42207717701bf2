/** Brings the schema up to date: runs the files of `migrations/` that this database has not seen, in order of their names. */
import { readdir } from "node:fs/promises"
import type { Kysely } from "kysely"
import { type Migration, Migrator } from "kysely/migration"
import type { Words } from "./dialect/ddl.ts"

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

const readMigrations = async (words: Words): Promise<Record<string, Migration>> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(".ts")).toSorted()
  const migrations: Record<string, Migration> = {}
  for (const name of names) {
    const file = (await import(new URL(name, folder).href)) as MigrationFile
    migrations[name.slice(0, -".ts".length)] = { up: (db) => file.up(db as Kysely<unknown>, words) }
  }
  return migrations
}
