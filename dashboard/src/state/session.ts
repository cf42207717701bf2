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

/** Who was logged in last. */
let last: string | undefined

const personOf = ({ kind, number }: Session): string => `${kind} ${number}`

/** Names a login: another person's, and a later one of the same person, have another name. */
export const loginOf = (session: Session): string => `${personOf(session)} ${session.expiresAt}`

/** The same person finds what they left on the page. For another person the page is loaded anew, so that nothing is left on it. */
const enter = (session: Session): void => {
  const person = personOf(session)
  if (last !== undefined && last !== person) {
    visitor.value = { is: "unknown" }
    location.replace("/dashboard/")
    return
  }
  last = person
  const now = visitor.value
  // What draws the visitor is not drawn again for the same answer.
  if (now.is === "member" && JSON.stringify(now.session) === JSON.stringify(session)) return
  visitor.value = { is: "member", session }
}

const leave = (hasEnded: boolean): void => {
  visitor.value = { is: "guest", hasEnded }
}

// The answer may be late, to a login before this one: only the gateway knows which one is in the cookie now.
whenSignedOut(() => void recognise())

const AGAIN_MS = 3_000

let recognising: Promise<boolean> | undefined

/**
 * Finds out who is logged in; while the page does not know it and the gateway cannot be reached, again and again. Resolves to whether the
 * gateway answered that somebody is.
 */
export const recognise = (): Promise<boolean> => {
  recognising ??= ask().finally(() => {
    recognising = undefined
  })
  return recognising
}

const ask = async (): Promise<boolean> => {
  const before = visitor.value
  // A guest is about to log in, at most: nothing of theirs can have ended.
  if (before.is === "guest") return false
  try {
    const session = await getSession()
    if (visitor.value === before) enter(session)
    return true
  } catch (failure) {
    // The visitor has logged in or out meanwhile.
    if (visitor.value !== before) return false
    if (failure instanceof Refusal && (failure.status === 401 || failure.status === 403)) leave(before.is === "member")
    else if (before.is === "unknown") setTimeout(() => void recognise(), AGAIN_MS)
    return false
  }
}

/** A person who comes back to this tab may have logged in as another one in another tab. Returns what ends it. */
export const recogniseWhenSeen = (): (() => void) => {
  const seen = () => {
    if (!document.hidden) void recognise()
  }
  document.addEventListener("visibilitychange", seen)
  return () => document.removeEventListener("visibilitychange", seen)
}

export const signIn = async (credentials: Credentials): Promise<void> => enter(await beginSession(credentials))

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
  return { token, enter: () => enter(session) }
}

export const signOut = async (): Promise<void> => {
  await endSession().catch(() => {})
  leave(false)
}

export type Scope = Session["scopes"][number]

export const may = (scope: Scope): boolean =>
  visitor.value.is === "member" && visitor.value.session.scopes.includes(scope)

export const isOperator = (): boolean => visitor.value.is === "member" && visitor.value.session.kind === "operator"
