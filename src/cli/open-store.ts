/** The store for commands that only read: works beside a running gateway, changes nothing. */
import { existsSync } from "node:fs"
import { Effect, Layer } from "effect"
import { readSettings, type Settings } from "../config.ts"
import { databaseFileIn } from "../store/data-directory.ts"
import { Database, databaseOf } from "../store/database.ts"
import { Devices } from "../store/devices.ts"
import type { Dialect } from "../store/dialect/dialect.ts"
import { openMysqlReadOnly } from "../store/dialect/mysql/mysql.ts"
import { openSqlite } from "../store/dialect/sqlite.ts"
import { LogReader } from "../store/log-reader.ts"
import { UsageProblem } from "./failure.ts"

export type ReadOnlyStore = Database | Devices | LogReader

/** Runs `work` on the store that the settings name; closed afterwards. */
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

const openReadOnly = async ({ database, dataDirectory }: Settings): Promise<Dialect> => {
  if (database !== undefined) return openMysqlReadOnly(database)
  const file = databaseFileIn(dataDirectory)
  if (existsSync(file)) return openSqlite(file, { readOnly: true })
  throw new UsageProblem(`there is no store in ${dataDirectory}; set DATA_DIR to the gateway's data directory`)
}
