/** The opened database, with its schema up to date. It is closed when its scope ends. */
import { Context, Effect, Layer } from "effect"
import type { Kysely } from "kysely"
import type { Awaitable, Dialect } from "./dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"

export interface DatabaseShape {
  readonly dialect: Dialect
  /** Runs a read on the readers' connections. Tries again on another connection if its own was lost. */
  readonly query: <A>(read: (db: Kysely<Tables>) => Promise<A>) => Effect.Effect<A, StoreUnavailable>
}

export class Database extends Context.Service<Database, DatabaseShape>()("bitacora/store/Database") {
  /** Opens and migrates the database; closes it with the scope. Fails with what `open` or a migration throws. */
  static readonly layer = (open: () => Awaitable<Dialect>) =>
    Layer.effect(
      Database,
      Effect.gen(function* () {
        const dialect = yield* Effect.acquireRelease(
          Effect.promise(async () => open()),
          (dialect) => Effect.promise(() => dialect.close())
        )
        yield* Effect.promise(() => dialect.migrate())
        return Database.of(databaseOf(dialect))
      })
    )
}

/** When a server restarts, every connection of the pool is lost. */
const LOST_MAX = 3

/** The same for a caller that holds a dialect: opens and closes nothing. */
export const databaseOf = (dialect: Dialect): DatabaseShape => ({
  dialect,
  query: (read) =>
    Effect.tryPromise({ try: () => read(dialect.reader), catch: storeUnavailable }).pipe(
      Effect.retry({ times: LOST_MAX, while: ({ cause }) => dialect.isConnectionLost(cause) })
    )
})
