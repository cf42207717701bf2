/** The opened database: its schema up to date, one owner per data directory, closed when its scope ends. */
import { Context, Effect, Layer } from "effect"
import type { Kysely } from "kysely"
import type { Awaitable, Dialect } from "./dialect/dialect.ts"
import { type StoreUnavailable, storeUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"

export interface DatabaseShape {
  readonly dialect: Dialect
  /** Runs a read on the readers' connections, on another one where its own turned out to be gone. */
  readonly query: <A>(read: (db: Kysely<Tables>) => Promise<A>) => Effect.Effect<A, StoreUnavailable>
}

export class Database extends Context.Service<Database, DatabaseShape>()("bitacora/store/Database") {
  /** Opens, migrates and, with the scope, closes. Fails with what `open` or a migration throws. */
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

/** A server that went away takes every connection of the pool with it. */
const LOST_MAX = 3

/** The same without opening or closing, for those who hold a dialect. */
export const databaseOf = (dialect: Dialect): DatabaseShape => ({
  dialect,
  query: (read) =>
    Effect.tryPromise({ try: () => read(dialect.reader), catch: storeUnavailable }).pipe(
      Effect.retry({ times: LOST_MAX, while: ({ cause }) => dialect.isConnectionLost(cause) })
    )
})
