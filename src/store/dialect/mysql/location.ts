/** The address of the database, from the settings: DATABASE_URL, or DB_HOST and the settings that belong to it. */
import { type MysqlSettings, tlsModes, type TlsSettings } from "./settings.ts"
import { tlsFrom } from "./tls.ts"

export const DEFAULT_PORT = 3306
export const DEFAULT_USER = "root"
export const DEFAULT_DATABASE = "bitacora"

/** The server's own limit for names. */
const NAME_MAX = 64

/** Parses `mysql://user:password@host:port/name?ssl-mode=…&ssl-ca=…`. Returns a sentence if it is wrong, never with the password in it. */
export const parseDatabaseUrl = (text: string): MysqlSettings | string => {
  const url = URL.canParse(text) ? new URL(text) : undefined
  // A # in a password, or settings after one, would be dropped silently.
  if (text.includes("#")) return "contains a #; write it as %23"
  if (!url || !["mysql:", "mariadb:"].includes(url.protocol) || url.hostname === "") {
    return "must be like mysql://user:password@host:3306/name"
  }
  const other = [...url.searchParams.keys()].find((name) => name !== "ssl-mode" && name !== "ssl-ca")
  if (other !== undefined) return "may have only ssl-mode and ssl-ca after the question mark"
  const [database, user, password] = [url.pathname.slice(1), url.username, url.password].map(decoded)
  if (database === undefined || user === undefined || password === undefined) {
    return "contains a % without a valid code after it; write a % itself as %25"
  }
  if (database.includes("/")) return "must name one database after the slash"
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

/** Undefined if a % is not followed by a byte, or if the bytes are not UTF-8. */
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
  if (given !== null && mode === undefined) return `ssl-mode must be one of ${tlsModes.join(", ")}`
  const tls = tlsFrom(host, { mode, caFile: searchParams.get("ssl-ca") ?? undefined })
  return typeof tls === "string" ? `ssl-mode ${tls}` : tls
}

/** Undefined for a name that every server accepts as it is. */
export const nameProblem = (database: string): string | undefined =>
  database.length <= NAME_MAX && /^[\w$-]+$/.test(database)
    ? undefined
    : `the name of a database may have at most ${NAME_MAX} letters, digits, _, $ and -`
