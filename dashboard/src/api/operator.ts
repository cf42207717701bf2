/** What only the operator may ask: the system, users, backups, what is kept, and the whole log. */
import { call } from "./client.ts"
import type { Backup, BackupList, ListedUser, Retention, System, Token, User, Verdict } from "./models.ts"

export const getSystem = (): Promise<System> => call("GET", "/v1/system")

export interface UserPage {
  readonly items: readonly ListedUser[]
  /** The `after` of the next page. */
  readonly next: string | null
}

const PAGE = 100

export const getUsers = (after: string): Promise<UserPage> => call("GET", `/v1/users?limit=${PAGE}&after=${after}`)
export const createUser = (number: string, password: string): Promise<User> =>
  call("POST", "/v1/users", { number, password })
export const setPassword = (id: string, password: string): Promise<undefined> =>
  call("PUT", `/v1/users/${encodeURIComponent(id)}/password`, { password })
export const getUser = (id: string): Promise<User> => call("GET", `/v1/users/${encodeURIComponent(id)}`)
export const getUserTokens = (id: string): Promise<{ readonly items: readonly Token[] }> =>
  call("GET", `/v1/users/${encodeURIComponent(id)}/tokens`)

export const getBackups = (): Promise<BackupList> => call("GET", "/v1/backups")
export const startBackup = (): Promise<Backup> => call("POST", "/v1/backups", {})

export const getRetention = (): Promise<Retention> => call("GET", "/v1/retention")

/** Verifies from this position on, for 20 seconds at most; from the beginning without. */
export const verifyLog = (from?: number): Promise<Verdict> =>
  call("GET", `/v1/audit/verify${from === undefined ? "" : `?from=${from}`}`)
