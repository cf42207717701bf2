/**
 * MySQL 5.7 and later, and MariaDB 10.6 and later. One connection writes, a pool reads, and one connection holds the lock.
 * Keeps LOG-1 and DEV-3.
 *
 * With `innodb_flush_log_at_trx_commit = 1` InnoDB syncs at every commit; another value causes a warning that says what can be lost.
 * The SQL is common to all these servers. writer.ts and ownership.ts describe what happens when a connection is lost.
 */
import { Kysely, MysqlDialect, sql } from "kysely"
import { migrate } from "../../migrate.ts"
import type { Tables } from "../../tables.ts"
import { mysqlWords } from "../ddl.ts"
import type { Dialect, DuplicateOf } from "../dialect.ts"
import { Ownership, type OwnershipEvents } from "./ownership.ts"
import { makePool } from "./pool.ts"
import { databaseProblem } from "./problem.ts"
import { readServerFacts, serverWarnings } from "./server.ts"
import { LONG_STATEMENT_MS, Session, STATEMENT_MS } from "./session.ts"
import type { MysqlSettings } from "./settings.ts"
import { tlsWarnings } from "./tls.ts"
import { MysqlWriter } from "./writer.ts"

export interface MysqlEvents extends OwnershipEvents {
  /** Called with a sentence for the operator when the server's configuration breaks a promise. */
  readonly warn: (sentence: string) => void
}

const READERS_MAX = 8

/**
 * Connects, creates the database if it is missing, and takes its lock. Rejects with a DatabaseProblem when the operator has to act.
 */
export const openMysql = async (settings: MysqlSettings, events: MysqlEvents): Promise<Dialect> => {
  const connect = () => Session.open(settings)
  try {
    await createDatabase(settings)
    const ownership = await Ownership.take(connect, settings.database, events)
    try {
      return await assemble(settings, events, ownership, connect)
    } catch (failure) {
      await ownership.release()
      throw failure
    }
  } catch (failure) {
    throw databaseProblem(failure, settings)
  }
}

/** For commands that only read, beside a running gateway. Takes no lock, changes nothing. */
export const openMysqlReadOnly = async (settings: MysqlSettings): Promise<Dialect> => {
  try {
    const session = await Session.open(settings)
    await session.end()
  } catch (failure) {
    throw databaseProblem(failure, settings, { mayCreate: false })
  }
  const reader = makeReader(settings)
  const readOnly = () => Promise.reject(new Error("this store was opened for reading"))
  return {
    name: "mysql",
    reader,
    writer: { transaction: readOnly },
    duplicateOf,
    isConnectionLost,
    migrate: readOnly,
    empty: readOnly,
    scrub: readOnly,
    ping: () => ping(reader),
    close: () => reader.destroy()
  }
}

const assemble = async (
  settings: MysqlSettings,
  events: MysqlEvents,
  ownership: Ownership,
  connect: () => Promise<Session>
): Promise<Dialect> => {
  const session = await connect()
  const facts = await readServerFacts(session)
  await session.end()
  for (const sentence of [...tlsWarnings(settings), ...serverWarnings(facts)]) events.warn(sentence)
  const reader = makeReader(settings)
  const writer = new MysqlWriter({ connect, owner: ownership.token, packetBytesMax: facts.packetBytesMax })
  return {
    name: "mysql",
    reader,
    writer,
    duplicateOf,
    isConnectionLost,
    migrate: async () => {
      const db = makeKysely<unknown>(settings, 1, LONG_STATEMENT_MS)
      try {
        const names = await migrate(db, mysqlWords)
        await ownership.claim()
        return names
      } catch (failure) {
        throw databaseProblem(failure, settings)
      } finally {
        await db.destroy()
      }
    },
    empty: (table) => empty(table, writer, reader),
    // InnoDB purges on its own. Its undo and binary logs are managed by the server.
    scrub: async () => {},
    ping: () => ping(reader),
    close: async () => {
      await writer.close()
      await reader.destroy()
      await ownership.release()
    }
  }
}

/** Far fewer rows than a statement has time for. */
const EMPTIED_AT_ONCE = 10_000

/** In batches: deleting millions of rows takes longer than a statement may. */
const empty = async (table: string, writer: MysqlWriter, reader: Kysely<Tables>): Promise<void> => {
  const isEmpty = async () => {
    const { rows } = await sql`SELECT 1 FROM ${sql.table(table)} LIMIT 1`.execute(reader)
    return rows.length === 0
  }
  const some = { sql: `DELETE FROM ${table} LIMIT ${EMPTIED_AT_ONCE}`, parameters: [] }
  while (!(await isEmpty())) await writer.transaction((tx) => tx.run([some]))
}

const createDatabase = async (settings: MysqlSettings): Promise<void> => {
  const session = await Session.open(settings, { withDatabase: false })
  try {
    const known = await session.query("SHOW DATABASES LIKE ?", [settings.database.replace(/[\\%_]/g, "\\$&")])
    if (known.length > 0) return
    const name = settings.database.replaceAll("`", "``")
    await session.query(`CREATE DATABASE IF NOT EXISTS \`${name}\` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`)
  } catch (failure) {
    const isDenied = (failure as { code?: string }).code === "ER_DBACCESS_DENIED_ERROR"
    throw isDenied ? Object.assign(new Error("no such database"), { code: "ER_BAD_DB_ERROR" }) : failure
  } finally {
    await session.end()
  }
}

const makeKysely = <T>(settings: MysqlSettings, connectionsMax: number, statementMs: number): Kysely<T> =>
  new Kysely<T>({ dialect: new MysqlDialect({ pool: makePool(settings, { connectionsMax, statementMs }) }) })

const makeReader = (settings: MysqlSettings) => makeKysely<Tables>(settings, READERS_MAX, STATEMENT_MS)

const ping = async (reader: Kysely<Tables>): Promise<void> => {
  await reader.selectFrom("log_head").select("position").executeTakeFirst()
}

const ER_DUP_ENTRY = 1062

const isConnectionLost = (failure: unknown): boolean =>
  failure instanceof Error &&
  "code" in failure &&
  (failure.code === "PROTOCOL_CONNECTION_LOST" || failure.code === "ECONNRESET" || failure.code === "EPIPE")

const duplicateOf: DuplicateOf = (failure) => {
  const { errno, message } = failure as { errno?: number; message?: string }
  if (errno !== ER_DUP_ENTRY) return undefined
  // "Duplicate entry '1-519' for key 'device_owner_number'", or 'device.device_owner_number'
  return /for key '(?:\w+\.)?(\w+)'/.exec(message ?? "")?.[1] ?? "unknown"
}
