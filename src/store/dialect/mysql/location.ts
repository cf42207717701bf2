/** Where the database is, from the settings: DATABASE_URL, or DB_HOST and what belongs to it. */
import { type MysqlSettings, tlsModes, type TlsSettings } from "./settings.ts"
import { tlsFrom } from "./tls.ts"

export const DEFAULT_PORT = 3306
export const DEFAULT_USER = "root"
export const DEFAULT_DATABASE = "bitacora"

/** The server's own limit for names. */
const NAME_MAX = 64

/** `mysql://user:password@host:port/name?ssl-mode=…&ssl-ca=…`; a sentence where it is something else. It never repeats the password. */
export const parseDatabaseUrl = (text: string): MysqlSettings | string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // A password with a # in it, or settings behind one, which would be left out without a word.
  if (text.includes("#")) return "has a #, which is written %23"
  if (!url || !["mysql:", "mariadb:"].includes(url.protocol) || url.hostname === "") {
    return "must be like mysql://user:password@host:3306/name"
  }
  const other = [...url.searchParams.keys()].find((name) => name !== "ssl-mode" && name !== "ssl-ca")
  if (other !== undefined) return "takes ssl-mode and ssl-ca behind the question mark, and nothing else"
  const [database, user, password] = [url.pathname.slice(1), url.username, url.password].map(decoded)
  if (database === undefined || user === undefined || password === undefined) {
    return "has a % that stands for nothing; a % itself is written %25"
  }
  if (database.includes("/")) return "names more than a database"
  const wrongName = nameProblem(database || DEFAULT_DATABASE)
  if (wrongName !== undefined) return wrongName
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
  const tls = tlsOf(url, host)
  if (typeof tls === "string") return tls
  return {
    host,
    port: url.port === "" ? DEFAULT_PORT : Number(url.port),
    user: user || DEFAULT_USER,
    password,
    database: database || DEFAULT_DATABASE,
    ...(tls ? { tls } : {}),
    setting: "DATABASE_URL"
  }
}

/** Undefined where a % is followed by something else than a byte, or the bytes are no UTF-8. */
const decoded = (text: string): string | undefined => {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

const tlsOf = ({ searchParams }: URL, host: string): TlsSettings | undefined | string => {
  const given = searchParams.get("ssl-mode")
  const mode = tlsModes.find((each) => each === given?.toUpperCase())
  if (given !== null && mode === undefined) return `ssl-mode is one of ${tlsModes.join(", ")}`
  const tls = tlsFrom(host, { mode, caFile: searchParams.get("ssl-ca") ?? undefined })
  return typeof tls === "string" ? `ssl-mode ${tls}` : tls
}

/** Undefined for a name that every server takes as it stands. */
export const nameProblem = (database: string): string | undefined =>
  database.length <= NAME_MAX && /^[\w$-]+$/.test(database)
    ? undefined
    : `a database's name has letters, digits, _, $ and -, ${NAME_MAX} at most`
