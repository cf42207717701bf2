/** One's own tokens and password. */
import { call } from "./client.ts"
import type { Session, Token } from "./models.ts"

export type Scope = Session["scopes"][number]

export interface NewToken {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Ids; all devices without. */
  readonly devices?: readonly string[]
  /** ISO 8601; never without. */
  readonly expiresAt?: string
}

/** `token`: its value, which is not shown again. */
export type CreatedToken = Token & { readonly token: string }

export const getTokens = (): Promise<{ readonly items: readonly Token[] }> => call("GET", "/v1/tokens")
export const makeToken = (wanted: NewToken): Promise<CreatedToken> => call("POST", "/v1/tokens", wanted)
export const revokeToken = (id: string): Promise<undefined> => call("DELETE", `/v1/tokens/${encodeURIComponent(id)}`)
export const changePassword = (current: string, password: string): Promise<undefined> =>
  call("PUT", "/v1/password", { current, password })
