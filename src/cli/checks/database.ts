/** Checks the database: reachable, permitted, up to date, durable, with the right key and time. Changes nothing. */
import { existsSync } from "node:fs"
import { Effect } from "effect"
import type { Kysely } from "kysely"
import type { Settings } from "../../config.ts"
import { databaseFileIn } from "../../store/data-directory.ts"
import { databaseOf } from "../../store/database.ts"
import type { Dialect } from "../../store/dialect/dialect.ts"
import { missingRights } from "../../store/dialect/mysql/grants.ts"
import { openMysqlReadOnly } from "../../store/dialect/mysql/mysql.ts"
import { databaseProblem, grantFor } from "../../store/dialect/mysql/problem.ts"
import { readServerFacts, type ServerFacts, serverWarnings } from "../../store/dialect/mysql/server.ts"
import { Session } from "../../store/dialect/mysql/session.ts"
import type { MysqlSettings } from "../../store/dialect/mysql/settings.ts"
import { tlsWarnings } from "../../store/dialect/mysql/tls.ts"
import { openSqlite } from "../../store/dialect/sqlite.ts"
import { isSealed, openSecretBox } from "../../store/secrets/master-key.ts"
import { foreignSentence, foreignTables, migrationState } from "../../store/migrate.ts"
import { type Finding, fail, messageOf, ok, warn } from "./finding.ts"

/** If clocks differ by more than this, times in the log look wrong. */
const DRIFT_MS = 2_000

export const checkDatabase = async (settings: Settings): Promise<readonly Finding[]> => {
  try {
    return settings.database === undefined ? await checkSqlite(settings) : await checkMysql(settings, settings.database)
  } catch (failure) {
    const advice =
      settings.database === undefined
        ? "check whether the file is damaged or belongs to another program"
        : "see docs/adr/0007-mysql.md"
    return [fail("database", messageOf(failure), advice)]
  }
}

const checkSqlite = async (settings: Settings): Promise<readonly Finding[]> => {
  const file = databaseFileIn(settings.dataDirectory)
  if (!existsSync(file)) return [ok("database", `embedded SQLite; the first start creates ${file}`)]
  const dialect = openSqlite(file, { readOnly: true })
  try {
    return [ok("database", `embedded SQLite, ${file}`), ...(await checkContent(settings, dialect))]
  } finally {
    await dialect.close()
  }
}

const checkMysql = async (settings: Settings, server: MysqlSettings): Promise<readonly Finding[]> => {
  const where = `${server.host}:${server.port}`
  let session: Session
  try {
    session = await Session.open(server, { withDatabase: false })
  } catch (failure) {
    return [
      fail("database", messageOf(databaseProblem(failure, server)), "correct DB_… or DATABASE_URL, or start the server")
    ]
  }
  try {
    const asked = Date.now()
    const facts = await readServerFacts(session)
    const findings = [
      ok("database", `${facts.version} at ${where}`),
      ...checkVersion(facts),
      ...tlsWarnings(server).map((sentence) => warn("encryption", sentence, 'README.md, "Settings"')),
      ...serverWarnings(facts).map((sentence) => warn("durability", sentence, "my.cnf, section [mysqld]")),
      ...checkBinlog(facts),
      checkClock(facts, asked, Date.now()),
      await checkRights(session, server)
    ]
    const known = await session.query("SELECT 1 FROM information_schema.schemata WHERE schema_name = ?", [
      server.database
    ])
    if (known.length === 0) {
      return [
        ...findings,
        ok("schema", `the database '${server.database}' does not exist yet; the first start creates it`)
      ]
    }
    const dialect = await openMysqlReadOnly(server)
    try {
      return [...findings, ...(await checkContent(settings, dialect))]
    } finally {
      await dialect.close()
    }
  } finally {
    await session.end()
  }
}

const checkVersion = ({ version }: ServerFacts): readonly Finding[] => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  const isMariadb = /mariadb/i.test(version)
  const isNew = isMariadb ? major > 10 || (major === 10 && minor >= 6) : major > 5 || (major === 5 && minor >= 7)
  const advice = "upgrade to MySQL 5.7, MariaDB 10.6, or later"
  return isNew ? [] : [fail("database", `${version} is older than the gateway supports`, advice)]
}

const checkBinlog = ({ binlogFormat }: ServerFacts): readonly Finding[] =>
  binlogFormat === "STATEMENT"
    ? [
        fail(
          "database",
          "binlog_format is STATEMENT, which does not allow writes under READ COMMITTED",
          "set it to ROW or MIXED"
        )
      ]
    : []

const checkClock = ({ now }: ServerFacts, asked: number, answered: number): Finding => {
  const drift = now < asked ? asked - now : Math.max(0, now - answered)
  const text = `this machine's clock and the database's differ by ${Math.round(drift)} ms`
  return drift > DRIFT_MS
    ? warn("clock", text, "run a time service (chrony, systemd-timesyncd) on both")
    : ok("clock", text)
}

const checkRights = async (session: Session, server: MysqlSettings): Promise<Finding> => {
  const missing = await missingRights(session, server.database)
  return missing.length === 0
    ? ok("rights", `'${server.user}' has all rights that are needed on '${server.database}'`)
    : fail("rights", `'${server.user}' lacks ${missing.join(", ")} on '${server.database}'`, grantFor(server))
}

/** The checks that both dialects share: migrations, the key, and the time of the last event. */
const checkContent = async (settings: Settings, dialect: Dialect): Promise<readonly Finding[]> => {
  const foreign = await foreignTables(dialect.reader as unknown as Kysely<unknown>)
  if (foreign.length > 0) {
    return [fail("schema", foreignSentence(foreign), "set DB_NAME to a database of the gateway's own")]
  }
  const { pending, unknown } = await migrationState(dialect.reader)
  if (unknown.length > 0) {
    const text = `a newer release created the schema: this release does not know ${unknown.join(", ")}`
    return [fail("schema", text, "run that release, or a later one")]
  }
  if (pending.length > 0) {
    return [ok("schema", `${pending.length} migrations are pending; the next start runs them`)]
  }
  const head = await dialect.reader.selectFrom("log_head").selectAll().executeTakeFirst()
  const position = head?.position ?? 0
  const findings = [ok("schema", `up to date; the log ends at position ${position}`), await checkKey(settings, dialect)]
  const ahead = (head?.recorded_at ?? 0) - Date.now()
  if (ahead <= DRIFT_MS) return findings
  const text = `the last event was recorded ${Math.round(ahead / 1_000)} s later than this clock shows`
  return [
    ...findings,
    warn(
      "clock",
      text,
      "until the clock reaches it, new events get that time. If the clock was ahead once and is right now: bitacora clock correct"
    )
  ]
}

const checkKey = async (settings: Settings, dialect: Dialect): Promise<Finding> => {
  const database = databaseOf(dialect)
  if (!(await Effect.runPromise(isSealed(database)))) return ok("master key", "nothing is encrypted yet")
  const opened = openSecretBox(database, settings.dataDirectory, settings.masterKey, () => Effect.void)
  return Effect.runPromise(
    Effect.match(opened, {
      onSuccess: () => ok("master key", "is the key that encrypts the credentials"),
      onFailure: ({ message }) => fail("master key", message, "restore the key from your copy")
    })
  )
}
