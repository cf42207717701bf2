/** Opens the store for commands: for reading beside a running gateway, or for writing as the only process. */
import { existsSync } from "node:fs"
import { Effect, Layer } from "effect"
import { readSettings, type Settings } from "../config.ts"
import { type DataDirectory, databaseFileIn, lockFileIn, takeDataDirectory } from "../store/data-directory.ts"
import { Database, databaseOf } from "../store/database.ts"
import { Devices } from "../store/devices.ts"
import type { Dialect } from "../store/dialect/dialect.ts"
import { openMysql, openMysqlReadOnly } from "../store/dialect/mysql/mysql.ts"
import { openSqlite } from "../store/dialect/sqlite.ts"
import { EventLog } from "../store/log/event-log.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { MediaFolder } from "../store/media/media-folder.ts"
import { UsageProblem } from "./failure.ts"

export type ReadOnlyStore = Database | Devices | LogReader

/** Runs `work` on the store that the settings name, then closes it. */
export const withStore = async <A, E>(work: Effect.Effect<A, E, ReadOnlyStore>): Promise<A> => {
  const settings = await Effect.runPromise(readSettings(process.env))
  const dialect = await openReadOnly(settings)
  const database = Layer.effect(
    Database,
    Effect.acquireRelease(Effect.succeed(dialect), () => Effect.promise(() => dialect.close())).pipe(
      Effect.map(() => Database.of(databaseOf(dialect)))
    )
  )
  const layer = Layer.mergeAll(Devices.layer, LogReader.layer).pipe(Layer.provideMerge(database))
  return Effect.runPromise(work.pipe(Effect.provide(layer)))
}

export type WritableStore = ReadOnlyStore | EventLog | MediaFolder

/** Runs `work` on a store that no other process has open. Rejects with DirectoryInUse while a gateway runs. */
export const withWritableStore = async <A, E>(
  settings: Settings,
  work: Effect.Effect<A, E, WritableStore>
): Promise<A> => {
  requireStore(settings)
  const directory = takeDataDirectory(settings.dataDirectory)
  try {
    const open = () => openWritable(settings, directory)
    const store = EventLog.layer().pipe(Layer.provideMerge(Database.layer(open)))
    const rows = Layer.merge(Devices.layer, MediaFolder.layer(directory.mediaDirectory))
    return await Effect.runPromise(work.pipe(Effect.provide(rows.pipe(Layer.provideMerge(store)))))
  } finally {
    directory.release()
  }
}

/**
 * Throws if DATA_DIR does not belong to a gateway. It is needed with a database server too: keys and files are there, and signing with
 * the key of another directory, or erasing without the files, would be wrong.
 */
export const requireStore = ({ database, dataDirectory }: Settings): void => {
  const kept = database === undefined ? databaseFileIn(dataDirectory) : lockFileIn(dataDirectory)
  if (existsSync(kept)) return
  const what = database === undefined ? "store" : "gateway's data"
  throw new UsageProblem(`there is no ${what} in ${dataDirectory}; set DATA_DIR to the gateway's data directory`)
}

const openWritable = ({ database, storePatienceMs: patienceMs }: Settings, { databaseFile }: DataDirectory) =>
  database === undefined
    ? openSqlite(databaseFile)
    : openMysql(database, { warn: () => {}, taken: () => {}, unheard: () => {}, patienceMs })

const openReadOnly = async (settings: Settings): Promise<Dialect> => {
  if (settings.database !== undefined) return openMysqlReadOnly(settings.database)
  requireStore(settings)
  return openSqlite(databaseFileIn(settings.dataDirectory), { readOnly: true })
}
