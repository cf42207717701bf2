/** Explains in one sentence why a database cannot be used, and what to do. The sentence never contains the password. */
import { isLoopback } from "../../../host.ts"
import type { MysqlSettings } from "./settings.ts"

/** Terminal: the operator has to change a setting, a right or the server. */
export class DatabaseProblem extends Error {
  readonly _tag = "DatabaseProblem"
}

interface ServerFailure {
  readonly code?: string
  readonly errno?: number
  readonly sqlMessage?: string
  readonly message?: string
}

const lacksRight = new Set([
  "ER_DBACCESS_DENIED_ERROR",
  "ER_TABLEACCESS_DENIED_ERROR",
  "ER_COLUMNACCESS_DENIED_ERROR",
  "ER_SPECIFIC_ACCESS_DENIED_ERROR"
])

/** The statement that an administrator has to run. */
export const grantFor = ({ user, database }: MysqlSettings): string =>
  `GRANT ALL PRIVILEGES ON \`${database}\`.* TO '${user}'`

/** Turns a known failure into a sentence for the operator; returns other failures unchanged. `mayCreate`: a missing database is created. */
export const databaseProblem = (
  failure: unknown,
  settings: MysqlSettings,
  { mayCreate } = { mayCreate: true }
): unknown => {
  const reason = rootOf(failure)
  const text = sentenceFor(reason, settings, mayCreate)
  if (text === undefined) return failure
  const named = settings.setting === undefined ? text : text.replace(/^[^:]+/, settings.setting)
  return new DatabaseProblem(named, { cause: reason })
}

/** The sentence begins with the settings that are wrong. */
const sentenceFor = (failure: ServerFailure, settings: MysqlSettings, mayCreate: boolean): string | undefined => {
  const { host, port, user, database } = settings
  const server = `${host}:${port}`
  const { code = "", sqlMessage = failure.message ?? "" } = failure
  if (code === "ER_ACCESS_DENIED_ERROR" || code === "ER_ACCESS_DENIED_NO_PASSWORD_ERROR") {
    const perhaps =
      settings.tls === undefined && !isLoopback(host) ? ", or the user must connect over TLS (DB_SSL_MODE)" : ""
    return `DB_USER, DB_PASSWORD: ${server} refuses '${user}'; the user or the password is wrong${perhaps}`
  }
  if (code === "ER_HOST_NOT_PRIVILEGED")
    return `DB_HOST: ${server} accepts no connection from this machine: ${sqlMessage}`
  if (code === "ER_BAD_DB_ERROR") {
    if (!mayCreate) return `DB_NAME: there is no database '${database}' on ${server}`
    return `DB_NAME: there is no database '${database}' on ${server}, and '${user}' may not create it. An administrator can: CREATE DATABASE \`${database}\` CHARACTER SET utf8mb4; ${grantFor(settings)}`
  }
  if (lacksRight.has(code)) {
    return `DB_USER: '${user}' lacks a right on '${database}' (${sqlMessage}). An administrator can give it: ${grantFor(settings)}`
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return `DB_HOST: the name ${host} cannot be resolved (${code})`
  if (/^(ECONN|ETIMEDOUT|EHOST|ENET|STATEMENT_TIMEOUT|PROTOCOL_CONNECTION_LOST)/.test(code)) {
    return `DB_HOST, DB_PORT: no database responds at ${server} (${code}); check that it runs and is reachable from this machine`
  }
  if (code === "HANDSHAKE_NO_SSL_SUPPORT") return `DB_SSL_MODE: ${server} accepts no encrypted connections`
  if (code === "HANDSHAKE_SSL_ERROR") {
    return `DB_SSL_CA, DB_SSL_MODE: the certificate of ${server} cannot be verified (${failure.message}); check the server and the authority. VERIFY_CA does not check the name`
  }
  if (code === "ER_SECURE_TRANSPORT_REQUIRED") {
    return `DB_SSL_MODE: ${server} accepts only encrypted connections; set DB_SSL_CA, or DB_SSL_MODE`
  }
  if (code === "ER_CON_COUNT_ERROR" || code === "ER_TOO_MANY_USER_CONNECTIONS") {
    return `DB_HOST: ${server} has no free connection (${sqlMessage})`
  }
  return undefined
}

/** Unwraps failures that Kysely's migrator or Node's net module has wrapped. */
const rootOf = (failure: unknown): ServerFailure => {
  const { cause, errors, code } = failure as { cause?: unknown; errors?: readonly unknown[]; code?: string }
  if (code === undefined && cause !== undefined) return rootOf(cause)
  if (code === undefined && errors?.[0] !== undefined) return rootOf(errors[0])
  return failure as ServerFailure
}
