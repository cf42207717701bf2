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
const CANCELED = { status: 0, code: "canceled", detail: "" }

/** The gateway's clock minus this one, in milliseconds, as far as the header `Date` tells: to the second. */
let ahead = 0

/** Now, on the gateway's clock: for what expires there. */
export const gatewayNow = (): number => Date.now() + ahead

let onSignedOut = (): void => {}

/** Called when the gateway does not accept the login any more. */
export const whenSignedOut = (listener: () => void): void => {
  onSignedOut = listener
}

/** `headers`: besides the content type of the body, which is sent as JSON. */
export const call = async <Answer = undefined>(
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {}
): Promise<Answer> => {
  const json = body === undefined ? {} : { "content-type": "application/json" }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const options = { method, credentials: "same-origin", headers: { ...json, ...headers }, ...sent } as const
  const heard = async () => {
    const response = await fetch(path, options)
    // The connection may be cut within the answer too.
    return { response, text: await response.text() }
  }
  const { response, text } = await heard().catch(() => {
    throw new Refusal(OFFLINE)
  })
  return answerOf(path, response, text)
}

export interface Upload<Answer> {
  readonly answer: Promise<Answer>
  /** The answer is then a `Refusal` with the code `canceled`. */
  readonly cancel: () => void
}

/** Sends a form with a file. `progress` is called with how many bytes of it have left. */
export const upload = <Answer>(
  path: string,
  form: FormData,
  headers: Readonly<Record<string, string>>,
  progress: (sentBytes: number, bytes: number) => void
): Upload<Answer> => {
  // Of all browsers' interfaces only this one tells how much has been sent.
  const request = new XMLHttpRequest()
  const answer = new Promise<Answer>((resolve, reject) => {
    request.open("POST", path)
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value)
    request.upload.addEventListener("progress", ({ loaded, total }) => progress(loaded, total))
    request.addEventListener("error", () => reject(new Refusal(OFFLINE)))
    request.addEventListener("abort", () => reject(new Refusal(CANCELED)))
    request.addEventListener("load", () => {
      const { status, statusText, responseText } = request
      const date = request.getResponseHeader("date") ?? ""
      const response = { ok: status >= 200 && status < 300, status, statusText, headers: new Headers({ date }) }
      try {
        resolve(answerOf<Answer>(path, response, responseText))
      } catch (refusal) {
        reject(refusal)
      }
    })
    request.send(form)
  })
  return { answer, cancel: () => request.abort() }
}

type Heard = Pick<Response, "ok" | "status" | "statusText" | "headers">

const answerOf = <Answer>(path: string, response: Heard, text: string): Answer => {
  noteClock(response)
  if (response.ok) return (text === "" ? undefined : JSON.parse(text)) as Answer
  const refusal = new Refusal(problemIn(response, text))
  // A password that is asked for again may be wrong while the login is right.
  if (refusal.status === 401 && path !== "/v1/session" && refusal.code !== "invalid-credentials") onSignedOut()
  throw refusal
}

const noteClock = ({ headers }: Heard): void => {
  const at = Date.parse(headers.get("date") ?? "")
  // Half a second is the middle of the second that the header names.
  if (!Number.isNaN(at)) ahead = Math.abs(at + 500 - Date.now()) < 1_500 ? 0 : at + 500 - Date.now()
}

const problemIn = (response: Heard, text: string): Problem => {
  try {
    return JSON.parse(text) as Problem
  } catch {
    // A proxy in between answers in its own words.
    const { status, statusText } = response
    return { type: "about:blank", title: statusText, status, code: `http-${status}`, detail: statusText }
  }
}
