/** A store on a new, empty database of either dialect, for one test file or one test. */
import { type Effect, Layer, ManagedRuntime } from "effect"
import { Database } from "../../src/store/database.ts"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { EventLog, type EventLogShape } from "../../src/store/log/event-log.ts"
import { sqlite, type TestDatabase, type TestDialect } from "./dialects.ts"

export interface TestStore extends AsyncDisposable {
  readonly database: TestDatabase
  readonly run: <A, E>(effect: Effect.Effect<A, E, EventLog | Database>) => Promise<A>
  readonly log: EventLogShape
  /** Closes and opens again on the same data. */
  readonly reopen: () => Promise<TestStore>
  /** Closes it; its database remains. */
  readonly close: () => Promise<void>
}

/** `changed` wraps the database that the store uses. */
export const openTestStore = async (
  dialect: TestDialect = sqlite,
  changed: (dialect: Dialect) => Dialect = (dialect) => dialect
): Promise<TestStore> => openOn(await dialect.create(), changed)

/** On an existing database. */
export const openOn = async (
  database: TestDatabase,
  changed: (dialect: Dialect) => Dialect = (dialect) => dialect
): Promise<TestStore> => {
  const open = async () => changed(await database.open())
  const runtime = ManagedRuntime.make(EventLog.layer().pipe(Layer.provideMerge(Database.layer(open))))
  const log = await runtime.runPromise(EventLog)
  return {
    database,
    log,
    run: (effect) => runtime.runPromise(effect),
    reopen: async () => {
      await runtime.dispose()
      return openOn(database, changed)
    },
    close: () => runtime.dispose(),
    [Symbol.asyncDispose]: async () => {
      await runtime.dispose()
      await database.drop()
    }
  }
}

export { appendTo, origin, received } from "./events.ts"
