/** What an operator wants to know of the database: its kind and version, its size, and what waits in it. Cheap on a log of any length. */
import { Effect } from "effect"
import { type Kysely, sql } from "kysely"
import { Database } from "./database.ts"
import type { StoreUnavailable } from "./errors.ts"
import type { Tables } from "./tables.ts"

export interface DatabaseState {
  readonly kind: "sqlite" | "mysql"
  /** As the database names it. */
  readonly version: string
  /** Of tables and indexes; a server's own estimate. */
  readonly bytes: number
  /** Messages that are not acknowledged by WhatsApp yet. */
  readonly messagesWaiting: number
  /** Bulk sends that run. */
  readonly bulkSends: number
}

export const databaseState: Effect.Effect<DatabaseState, StoreUnavailable, Database> = Effect.gen(function* () {
  const { query, dialect } = yield* Database
  return yield* query(async (db) => {
    const described = await (dialect.name === "sqlite" ? sqliteState : serverState).execute(db)
    const { version = "", bytes = 0 } = described.rows[0] ?? {}
    return {
      kind: dialect.name,
      version,
      bytes: Number(bytes),
      messagesWaiting: await waitingIn(db),
      bulkSends: await bulkSendsIn(db)
    }
  })
})

interface Described {
  readonly version: string
  readonly bytes: number | string | null
}

const sqliteState = sql<Described>`SELECT sqlite_version() AS version, page_count * page_size AS bytes
  FROM pragma_page_count(), pragma_page_size()`

const serverState = sql<Described>`SELECT VERSION() AS version, SUM(data_length + index_length) AS bytes
  FROM information_schema.tables WHERE table_schema = DATABASE()`

/** The outbox holds only what is being sent: DEVICE_OUTBOX_MAX for each device at most. */
const waitingIn = async (db: Kysely<Tables>): Promise<number> => {
  const row = await db
    .selectFrom("outbox")
    .select((is) => is.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow()
  return row.count
}

const bulkSendsIn = async (db: Kysely<Tables>): Promise<number> => {
  const row = await db
    .selectFrom("bulk_send")
    .select((is) => is.fn.countAll<number>().as("count"))
    .where("state", "=", "running")
    .executeTakeFirstOrThrow()
  return row.count
}
