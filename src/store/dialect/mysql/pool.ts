/** The readers' connections: mysql2's pool in the form that Kysely expects, with a time limit on every wait. */
import { createPool, type PoolConnection } from "mysql2"
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from "kysely"
import { CONNECT_MS, connectionOptions, cut, StatementTimeout, sessionWords, toParameters } from "./session.ts"
import type { MysqlSettings } from "./settings.ts"

export interface PoolOptions {
  readonly connectionsMax: number
  readonly statementMs: number
}

/** The most queries that may wait for a connection. */
const WAITING_MAX = 1_000
const IDLE_MS = 60_000

type Answer<A> = (failure: unknown, answer: A) => void

export const makePool = (settings: MysqlSettings, { connectionsMax, statementMs }: PoolOptions): MysqlPool => {
  const pool = createPool({
    ...connectionOptions(settings),
    connectionLimit: connectionsMax,
    maxIdle: connectionsMax,
    idleTimeout: IDLE_MS,
    queueLimit: WAITING_MAX
  })
  pool.on("connection", (connection) => {
    for (const words of sessionWords) connection.query(words, (failure) => failure && cut(connection))
  })
  const known = new WeakMap<PoolConnection, MysqlPoolConnection>()
  const limited = (connection: PoolConnection): MysqlPoolConnection => {
    const made = known.get(connection) ?? withLimit(connection, statementMs)
    known.set(connection, made)
    return made
  }
  return {
    getConnection: (answer) => {
      const within = once(answer as Answer<MysqlPoolConnection | undefined>, CONNECT_MS + statementMs)
      pool.getConnection((failure, connection) => {
        if (failure) within.answer(failure, undefined)
        else if (within.isOver()) connection.release()
        else within.answer(null, limited(connection))
      })
    },
    end: (done) => {
      // A server that hangs would never answer the farewell.
      const within = once(() => done(undefined), CONNECT_MS)
      pool.end(() => within.answer(null, undefined))
    }
  }
}

const withLimit = (connection: PoolConnection, statementMs: number): MysqlPoolConnection => ({
  config: {},
  get threadId() {
    return connection.threadId ?? 0
  },
  connect: (done) => done?.(null),
  destroy: () => cut(connection),
  release: () => connection.release(),
  query: (sql, parameters: readonly unknown[], done) => {
    const within = once((done ?? (() => {})) as Answer<MysqlQueryResult | undefined>, statementMs, () =>
      cut(connection)
    )
    connection.query(sql, toParameters(parameters), (failure, result) =>
      within.answer(failure, result as unknown as MysqlQueryResult)
    )
    return { stream: () => Promise.reject(new Error("this pool does not stream: read in pages")) as never }
  }
})

/** Passes on the first answer, or a timeout when none comes in time. */
const once = <A>(answer: Answer<A | undefined>, limitMs: number, late: () => void = () => {}) => {
  let isOver = false
  const first: Answer<A | undefined> = (failure, result) => {
    if (isOver) return
    isOver = true
    clearTimeout(timer)
    answer(failure, result)
  }
  const timer = setTimeout(() => {
    first(new StatementTimeout(limitMs), undefined)
    late()
  }, limitMs)
  return { answer: first, isOver: () => isOver }
}
