/** Where the database is, from the settings: DATABASE_URL, or DB_HOST and what belongs to it. */
import type { MysqlSettings } from "./session.ts"

export const DEFAULT_PORT = 3306
export const DEFAULT_USER = "root"
export const DEFAULT_DATABASE = "bitacora"

/** The server's own limit for names. */
const NAME_MAX = 64

/** `mysql://user:password@host:port/name`; a sentence where it is something else. It never repeats the password. */
export const parseDatabaseUrl = (text: string): MysqlSettings | string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !["mysql:", "mariadb:"].includes(url.protocol) || url.hostname === "") {
    return "must be like mysql://user:password@host:3306/name"
  }
  if (url.search !== "") return "takes no parameters behind a question mark"
  const database = decodeURIComponent(url.pathname.slice(1))
  if (database.includes("/")) return "names more than a database"
  return (
    nameProblem(database || DEFAULT_DATABASE) ?? {
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port === "" ? DEFAULT_PORT : Number(url.port),
      user: decodeURIComponent(url.username) || DEFAULT_USER,
      password: decodeURIComponent(url.password),
      database: database || DEFAULT_DATABASE,
      setting: "DATABASE_URL"
    }
  )
}

/** Undefined for a name that every server takes as it stands. */
export const nameProblem = (database: string): string | undefined =>
  database.length <= NAME_MAX && /^[\w$-]+$/.test(database)
    ? undefined
    : `a database's name has letters, digits, _, $ and -, ${NAME_MAX} at most`
