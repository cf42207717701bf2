/** Who is logged in. The login itself is in a cookie that this page cannot read. */
import { signal } from "@preact/signals"
import { Refusal, whenSignedOut } from "../api/client.ts"
import type { Session } from "../api/models.ts"
import { beginSession, createToken, type Credentials, endSession, getSession, register } from "../api/session.ts"

export type Visitor =
  | { readonly is: "unknown" }
  /** `hasEnded`: there was a login. */
  | { readonly is: "guest"; readonly hasEnded: boolean }
  | { readonly is: "member"; readonly session: Session }

export const visitor = signal<Visitor>({ is: "unknown" })

const leave = (hasEnded: boolean): void => {
  visitor.value = { is: "guest", hasEnded }
}

whenSignedOut(() => leave(true))

/** Finds out who is logged in; while the gateway cannot be reached, again and again. */
export const recognise = async (): Promise<void> => {
  try {
    visitor.value = { is: "member", session: await getSession() }
  } catch (failure) {
    if (failure instanceof Refusal && (failure.status === 401 || failure.status === 403)) {
      return leave(visitor.value.is === "member")
    }
    setTimeout(() => void recognise(), 3_000)
  }
  return undefined
}

export const signIn = async (credentials: Credentials): Promise<void> => {
  visitor.value = { is: "member", session: await beginSession(credentials) }
}

export interface Registered {
  /** For programs; undefined when none could be made. */
  readonly token: string | undefined
  /** Goes on to the dashboard. */
  readonly enter: () => void
}

/** Makes an account, logs in, and makes a token for programs. */
export const registerAndSignIn = async (number: string, password: string): Promise<Registered> => {
  await register(number, password)
  const session = await beginSession({ number, password })
  const token = await createToken("registro").catch(() => undefined)
  return {
    token,
    enter: () => {
      visitor.value = { is: "member", session }
    }
  }
}

export const signOut = async (): Promise<void> => {
  await endSession().catch(() => {})
  leave(false)
}

export const mayManage = (): boolean => visitor.value.is === "member" && visitor.value.session.scopes.includes("manage")

export const isOperator = (): boolean => visitor.value.is === "member" && visitor.value.session.kind === "operator"
