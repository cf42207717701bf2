/**
 * One connection to the server, with a time limit on connecting and on every statement.
 *
 * A statement that takes longer costs the connection, because it is unknown what the server still does with it. A session that has ended
 * or was lost is never used again; its callers get an error at once.
 */
import { type Connection, type ConnectionOptions, createConnection, type QueryResult } from "mysql2"
import type { SqlValue } from "../dialect.ts"
import type { MysqlSettings } from "./settings.ts"
import { sslOptions } from "./tls.ts"

export const CONNECT_MS = 3_000
export const STATEMENT_MS = 5_000
/** For migrations and rebuilds of read models. */
export const LONG_STATEMENT_MS = 600_000

/** How long a statement waits for a lock: less than a statement may take. */
const LOCK_WAIT_SECONDS = 3

/** The server counts prepared statements over all connections. */
const PREPARED_MAX = 1_000

/** Makes SQL mean the same on every server, whatever its configuration. Why READ COMMITTED: docs/adr/0007-mysql.md. */
export const sessionWords = [
  "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
  `SET SESSION sql_mode = 'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}, autocommit = 1`
]

/** The server did not respond in time. What it did is unknown. */
export class StatementTimeout extends Error {
  readonly code = "STATEMENT_TIMEOUT"
  constructor(limitMs: number) {
    super(`the database did not respond within ${limitMs} ms`)
  }
}

/** Without `withDatabase`, connects to the server alone, for a database that may not exist yet. */
export const connectionOptions = (settings: MysqlSettings, withDatabase = true): ConnectionOptions => ({
  host: settings.host,
  port: settings.port,
  user: settings.user,
  password: settings.password,
  ...(withDatabase ? { database: settings.database } : {}),
  ...(settings.tls ? { ssl: sslOptions(settings.tls) } : {}),
  charset: "utf8mb4_bin",
  timezone: "Z",
  supportBigNumbers: true,
  stringifyObjects: true,
  connectTimeout: CONNECT_MS,
  enableKeepAlive: true,
  maxPreparedStatements: PREPARED_MAX
})

/** mysql2 accepts bytes only as Buffers. */
export const toParameters = (values: readonly unknown[]): (string | number | null | Buffer)[] =>
  values.map((value) =>
    value instanceof Uint8Array && !Buffer.isBuffer(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      : (value as SqlValue as string | number | null | Buffer)
  )

/** Closes the TCP connection now. mysql2's own destroy() waits for the peer. */
export const cut = (connection: Connection): void => {
  const { stream } = connection as unknown as { stream: { destroy(): void } }
  stream.destroy()
  connection.destroy()
}

/** The caller knows the type of the rows. */
type Answered = (failure: Error | null, answer: QueryResult) => void

export class Session {
  readonly #connection: Connection
  readonly #statementMs: number
  readonly #pending = new Set<(failure: Error) => void>()
  readonly #onLost: (() => void)[] = []
  #lost: Error | undefined

  private constructor(connection: Connection, statementMs: number) {
    this.#connection = connection
    this.#statementMs = statementMs
    connection.on("error", (failure) => this.#lose(failure))
    connection.on("end", () => this.#lose(new Error("the database closed the connection")))
  }

  /** Connects and configures the session. Rejects within the time limits. */
  static async open(
    settings: MysqlSettings,
    options: { readonly withDatabase?: boolean; readonly statementMs?: number } = {}
  ): Promise<Session> {
    const connection = createConnection(connectionOptions(settings, options.withDatabase ?? true))
    const session = new Session(connection, options.statementMs ?? STATEMENT_MS)
    try {
      await session.#answer<void>((done) => connection.connect((failure) => done(failure)), CONNECT_MS)
      for (const words of sessionWords) await session.query(words)
      return session
    } catch (failure) {
      session.cut()
      throw failure
    }
  }

  /** The server's number for this connection. */
  get id(): number {
    return this.#connection.threadId ?? 0
  }

  get isLost(): boolean {
    return this.#lost !== undefined
  }

  /** Calls `react` once, when the connection is lost or ended. */
  onLost(react: () => void): void {
    if (this.#lost) react()
    else this.#onLost.push(react)
  }

  /** For statements that run rarely. */
  query<Row>(sql: string, parameters: readonly unknown[] = [], limitMs = this.#statementMs): Promise<readonly Row[]> {
    return this.#answer<readonly Row[]>((done) => {
      this.#connection.query(sql, toParameters(parameters), done as unknown as Answered)
    }, limitMs)
  }

  /** For fixed SQL: prepared once for this connection. */
  execute<Result>(sql: string, parameters: readonly SqlValue[] = []): Promise<Result> {
    return this.#answer<Result>((done) => {
      this.#connection.execute(sql, toParameters(parameters), done as unknown as Answered)
    }, this.#statementMs)
  }

  /** Closes the connection in order. Never waits long for the server. */
  async end(): Promise<void> {
    if (!this.#lost) {
      await this.#answer<void>((done) => this.#connection.end((failure) => done(failure)), CONNECT_MS).catch(() => {})
    }
    this.cut()
  }

  /** Drops the connection without a farewell. The server rolls back what was not committed when it notices. */
  cut(): void {
    this.#lose(new Error("the connection to the database was given up"))
    cut(this.#connection)
  }

  #answer<A>(ask: (done: (failure: Error | null, answer?: A) => void) => void, limitMs: number): Promise<A> {
    return new Promise((resolve, reject) => {
      if (this.#lost) {
        reject(this.#lost)
        return
      }
      const settle = () => {
        clearTimeout(timer)
        this.#pending.delete(fail)
      }
      const fail = (failure: Error) => {
        settle()
        reject(failure)
      }
      const timer = setTimeout(() => {
        fail(new StatementTimeout(limitMs))
        this.cut()
      }, limitMs)
      this.#pending.add(fail)
      ask((failure, answer) => {
        if (failure) fail(failure)
        else {
          settle()
          resolve(answer as A)
        }
      })
    })
  }

  #lose(failure: Error): void {
    if (this.#lost) return
    this.#lost = failure
    for (const fail of this.#pending) fail(failure)
    for (const react of this.#onLost.splice(0)) react()
  }
}
