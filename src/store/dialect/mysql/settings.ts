/** How the operator configures the connection to a database server. */

/** The server's address, and the gateway's user there. */
export interface MysqlSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Undefined: the connection is not encrypted. */
  readonly tls?: TlsSettings
  /** The setting with all of this, if it does not come from DB_HOST and the settings beside it. */
  readonly setting?: "DATABASE_URL"
}

/** REQUIRED encrypts without verifying. VERIFY_CA requires a certificate of `caFile`; VERIFY_IDENTITY also requires the host's name in it. */
export const tlsModes = ["DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] as const
export type TlsMode = (typeof tlsModes)[number]

export interface TlsSettings {
  readonly mode: Exclude<TlsMode, "DISABLED">
  /** A PEM file. Undefined: the authorities that Node knows. */
  readonly caFile: string | undefined
}
