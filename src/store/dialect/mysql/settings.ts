/** How a database server is reached, as an operator says it. */

/** Where it is, and who we are there. */
export interface MysqlSettings {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly password: string
  readonly database: string
  /** Undefined: unencrypted. */
  readonly tls?: TlsSettings
  /** The one setting that says all this, where it does not come from DB_HOST and its like. */
  readonly setting?: "DATABASE_URL"
}

/** REQUIRED encrypts and believes anybody; VERIFY_CA asks for a certificate of `caFile`, VERIFY_IDENTITY for the host's name in it, too. */
export const tlsModes = ["DISABLED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] as const
export type TlsMode = (typeof tlsModes)[number]

export interface TlsSettings {
  readonly mode: Exclude<TlsMode, "DISABLED">
  /** PEM. Undefined: the authorities that Node knows. */
  readonly caFile: string | undefined
}
