/**
 * Whether the connection to the server is encrypted, and who is believed to be the server: MySQL's own words for it.
 *
 * mysql2 never goes on unencrypted where encryption was asked for. PREFERRED, which does, is not offered: whoever listens in chooses
 * for it.
 */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import type { SslOptions } from "mysql2"
import { isLoopback } from "../../../host.ts"
import { DatabaseProblem } from "./problem.ts"
import type { MysqlSettings, TlsMode, TlsSettings } from "./settings.ts"

/** From what was given; undefined: no encryption. A sentence where it makes no sense. */
export const tlsFrom = (
  host: string,
  given: { readonly mode: TlsMode | undefined; readonly caFile: string | undefined }
): TlsSettings | undefined | string => {
  const { caFile, mode = caFile === undefined ? "DISABLED" : "VERIFY_IDENTITY" } = given
  if (mode === "DISABLED") return caFile === undefined ? undefined : "is DISABLED, and an authority is given"
  if (mode === "REQUIRED" && caFile !== undefined) return "is REQUIRED, which looks at no authority; VERIFY_CA does"
  if (mode === "VERIFY_CA" && caFile === undefined) {
    return "is VERIFY_CA, which needs DB_SSL_CA: with the public authorities, anybody's certificate would do"
  }
  if (mode === "VERIFY_IDENTITY" && isIP(host) !== 0) {
    return `is VERIFY_IDENTITY, which needs the name in the certificate in place of ${host}; or set VERIFY_CA`
  }
  return { mode, caFile }
}

const known = new WeakMap<TlsSettings, SslOptions>()

/** mysql2's words for it. Throws DatabaseProblem where the authority's file cannot be used. */
export const sslOptions = (tls: TlsSettings): SslOptions => {
  const made = known.get(tls) ?? {
    ...(tls.caFile === undefined ? {} : { ca: readAuthority(tls.caFile) }),
    rejectUnauthorized: tls.mode !== "REQUIRED",
    verifyIdentity: tls.mode === "VERIFY_IDENTITY"
  }
  known.set(tls, made)
  return made
}

/** What an operator should know about how the server is reached. */
export const tlsWarnings = ({ host, password, tls }: MysqlSettings): readonly string[] => {
  if (isLoopback(host)) return []
  if (tls?.mode === "REQUIRED") {
    return [`DB_SSL_MODE: it is not verified that ${host} is the database; whoever is in between can be. Set DB_SSL_CA`]
  }
  const what = password === "" ? "messages go" : "the password and messages go"
  return tls === undefined ? [`DB_SSL_MODE: ${what} to ${host} unencrypted. Set DB_SSL_CA, or DB_SSL_MODE`] : []
}

const readAuthority = (file: string): string => {
  try {
    const pem = readFileSync(file, "utf8")
    // TLS itself would only say at each connection that it believes nobody.
    parse(pem)
    return pem
  } catch (cause) {
    const isMissing = (cause as { code?: string }).code === "ENOENT"
    throw new DatabaseProblem(`DB_SSL_CA: ${file} ${isMissing ? "is not there" : "holds no certificate in PEM"}`, {
      cause
    })
  }
}

/** Throws where there is no certificate. */
const parse = (pem: string): X509Certificate => new X509Certificate(pem)
