/**
 * Encrypts the connection to the server, and verifies the server. The modes have MySQL's names.
 *
 * mysql2 never continues unencrypted when encryption was requested. PREFERRED, which does, is not offered: an attacker on the network
 * could choose for it.
 */
import { X509Certificate } from "node:crypto"
import { readFileSync } from "node:fs"
import { isIP } from "node:net"
import type { SslOptions } from "mysql2"
import { isLoopback } from "../../../host.ts"
import { DatabaseProblem } from "./problem.ts"
import type { MysqlSettings, TlsMode, TlsSettings } from "./settings.ts"

/** The TLS settings; undefined for no encryption. Returns a sentence if the settings contradict each other. */
export const tlsFrom = (
  host: string,
  given: { readonly mode: TlsMode | undefined; readonly caFile: string | undefined }
): TlsSettings | undefined | string => {
  const { caFile, mode = caFile === undefined ? "DISABLED" : "VERIFY_IDENTITY" } = given
  if (mode === "DISABLED")
    return caFile === undefined ? undefined : "is DISABLED, but DB_SSL_CA is set; remove one of them"
  if (mode === "REQUIRED" && caFile !== undefined)
    return "is REQUIRED, which ignores DB_SSL_CA; set VERIFY_CA to check it"
  if (mode === "VERIFY_CA" && caFile === undefined) {
    return "is VERIFY_CA, which needs DB_SSL_CA: otherwise any certificate of a public authority would be accepted"
  }
  if (mode === "VERIFY_IDENTITY" && isIP(host) !== 0) {
    return `is VERIFY_IDENTITY, which needs the name in the certificate instead of ${host}; set DB_HOST to that name, or set VERIFY_CA`
  }
  return { mode, caFile }
}

const known = new WeakMap<TlsSettings, SslOptions>()

/** The options for mysql2. Throws DatabaseProblem if the authority's file cannot be used. */
export const sslOptions = (tls: TlsSettings): SslOptions => {
  const made = known.get(tls) ?? {
    ...(tls.caFile === undefined ? {} : { ca: readAuthority(tls.caFile) }),
    rejectUnauthorized: tls.mode !== "REQUIRED",
    verifyIdentity: tls.mode === "VERIFY_IDENTITY"
  }
  known.set(tls, made)
  return made
}

/** Warnings for the operator about the connection to the server. */
export const tlsWarnings = ({ host, password, tls }: MysqlSettings): readonly string[] => {
  if (isLoopback(host)) return []
  if (tls?.mode === "REQUIRED") {
    return [
      `DB_SSL_MODE: the server ${host} is not verified, so an attacker on the network can pose as it. Set DB_SSL_CA`
    ]
  }
  const what = password === "" ? "messages are sent" : "the password and messages are sent"
  return tls === undefined ? [`DB_SSL_MODE: ${what} to ${host} unencrypted. Set DB_SSL_CA, or DB_SSL_MODE`] : []
}

const readAuthority = (file: string): string => {
  try {
    const pem = readFileSync(file, "utf8")
    // Without this check, TLS would only report at each connection that it trusts no certificate.
    parse(pem)
    return pem
  } catch (cause) {
    const isMissing = (cause as { code?: string }).code === "ENOENT"
    throw new DatabaseProblem(`DB_SSL_CA: ${file} ${isMissing ? "does not exist" : "contains no certificate in PEM"}`, {
      cause
    })
  }
}

/** Throws if the text is not a certificate. */
const parse = (pem: string): X509Certificate => new X509Certificate(pem)
