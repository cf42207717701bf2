/**
 * Requests to the gateway's own API, with the login in the cookie. A refusal is thrown as a `Refusal`, with the stable code of the
 * problem.
 */
import type { Problem } from "./models.ts"

export class Refusal extends Error {
  readonly status: number
  readonly code: string
  readonly problem: Readonly<Record<string, unknown>>

  constructor(problem: Pick<Problem, "status" | "code" | "detail">) {
    super(problem.detail)
    this.status = problem.status
    this.code = problem.code
    this.problem = { ...problem }
  }
}

const OFFLINE = { status: 0, code: "offline", detail: "" }

/** The gateway's clock minus this one, in milliseconds, as far as the header `Date` tells: to the second. */
let ahead = 0

/** Now, on the gateway's clock: for what expires there. */
export const gatewayNow = (): number => Date.now() + ahead

let onSignedOut = (): void => {}

/** Called when the gateway does not accept the login any more. */
export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener
}

export const call = async <Answer = undefined>(method: string, path: string, body?: unknown): Promise<Answer> => {
  const sent = body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }
  const response = await fetch(path, { method, credentials: "same-origin", ...sent }).catch(() => {
    throw new Refusal(OFFLINE)
  })
  noteClock(response)
  const text = await response.text()
  if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as Answer
  const refusal = new Refusal(problemIn(response, text))
  // A password that is asked for again may be wrong while the login is right.
  if (refusal.status === 401 && path !== "/v1/session" && refusal.code !== "invalid-credentials") onSignedOut()
  throw refusal
}

const noteClock = ({ headers }: Response): void => {
  const at = Date.parse(headers.get("date") ?? "")
  // Half a second is the middle of the second that the header names.
  if (!Number.isNaN(at)) ahead = Math.abs(at + 500 - Date.now()) < 1_500 ? 0 : at + 500 - Date.now()
}

const problemIn = (response: Response, text: string): Problem => {
  try {
    return JSON.parse(text) as Problem
  } catch {
    // A proxy in between answers in its own words.
    const { status, statusText } = response
    return { type: "about:blank", title: statusText, status, code: `http-${status}`, detail: statusText }
  }
}
