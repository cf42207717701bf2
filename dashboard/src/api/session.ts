/** Logging in and out, and accounts. */
import { call } from "./client.ts"
import type { Session } from "./models.ts"

export type Credentials = { readonly number: string; readonly password: string } | { readonly key: string }

export const getSession = (): Promise<Session> => call("GET", "/v1/session")
export const beginSession = (credentials: Credentials): Promise<Session> => call("POST", "/v1/session", credentials)
export const endSession = (): Promise<undefined> => call("DELETE", "/v1/session")
export const register = (number: string, password: string): Promise<unknown> =>
  call("POST", "/v1/registration", { number, password })

/** A token for programs, which the gateway shows once. */
export const createToken = async (name: string): Promise<string> => {
  const scopes = ["read", "send", "manage", "audit"]
  return (await call<{ readonly token: string }>("POST", "/v1/tokens", { name, scopes })).token
}
