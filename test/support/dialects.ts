/**
 * Both dialects for `describe.each`: each provides new, empty databases. On a machine without MariaDB its half of the tests is skipped
 * with a notice; in CI that is a failure.
 */
import { randomBytes } from "node:crypto"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { inject } from "vitest"
import type { Dialect } from "../../src/store/dialect/dialect.ts"
import { type MysqlEvents, openMysql } from "../../src/store/dialect/mysql/mysql.ts"
import { Session } from "../../src/store/dialect/mysql/session.ts"
import type { MysqlSettings } from "../../src/store/dialect/mysql/settings.ts"
import { openSqlite } from "../../src/store/dialect/sqlite.ts"
import { hasMariadb } from "./mariadb-server.ts"
import { isNotHere } from "./not-here.ts"

export interface TestDatabase {
  readonly open: () => Promise<Dialect>
  /** The settings with which a gateway opens this database. */
  readonly env: Readonly<Record<string, string>>
  readonly drop: () => Promise<void>
}

export interface TestDialect {
  readonly name: Dialect["name"]
  readonly create: () => Promise<TestDatabase>
}

export const sqlite: TestDialect = {
  name: "sqlite",
  create: async () => sqliteIn(mkdtempSync(join(tmpdir(), "bitacora-")))
}

/** In a directory that the test knows; deleted with the database. */
export const sqliteIn = (directory: string): TestDatabase => ({
  open: async () => openSqlite(join(directory, "bitacora.db")),
  env: { DATA_DIR: directory },
  drop: async () => rmSync(directory, { recursive: true, force: true })
})

export const silent: MysqlEvents = { warn: () => {}, taken: () => {}, unheard: () => {}, patienceMs: 30_000 }

/** The server of this test run. */
export const mariadbSettings = async (database: string): Promise<MysqlSettings> => {
  const answer = await fetch(inject("mariadbAt"))
  const port = await answer.text()
  if (!answer.ok) throw new Error(port)
  return { host: "127.0.0.1", port: Number(port), user: "root", password: "", database }
}

export const mysql: TestDialect = {
  name: "mysql",
  create: async () => {
    const settings = await mariadbSettings(`bitacora_${randomBytes(6).toString("hex")}`)
    return {
      open: () => openMysql(settings, silent),
      env: {
        DB_HOST: settings.host,
        DB_PORT: String(settings.port),
        DB_USER: settings.user,
        DB_NAME: settings.database
      },
      drop: async () => {
        const session = await Session.open(settings, { withDatabase: false, statementMs: 60_000 })
        await session.query(`DROP DATABASE IF EXISTS ${settings.database}`)
        await session.end()
      }
    }
  }
}

/** Whether tests on MariaDB can run; throws in CI when they cannot. */
export const isMariadbHere =
  hasMariadb() ||
  isNotHere(
    "mariadbd and mariadb-install-db are missing (Debian: mariadb-server)",
    "nothing that runs on MySQL is tested"
  )

export const dialects: readonly TestDialect[] = isMariadbHere ? [sqlite, mysql] : [sqlite]
