/** One POST, without redirects, within a time limit. The answer's first bytes are kept; the rest is read and dropped, up to a limit. */
import type { Agent, Dispatcher } from "undici"
import { reasonOf } from "./reason.ts"

export interface Post {
  readonly url: URL
  /** Names and values in turn. */
  readonly headers: readonly string[]
  readonly body: string | Uint8Array
  /** The URL comes from the operator's settings: private addresses are allowed. */
  readonly isTrusted: boolean
  /** For the whole exchange, from the look-up of the name to the end of the answer. */
  readonly timeoutMs: number
  /** Ends the request. */
  readonly signal?: AbortSignal
}

/** `status` 0: there was no complete answer, and `answer` says why. */
export interface PostOutcome {
  readonly status: number
  /** The beginning of the answer's text, or the reason why there is none. */
  readonly answer: string
  /** The header Retry-After. */
  readonly retryAfter: string | undefined
  readonly durationMs: number
}

/** The most characters of an answer that are kept. */
export const ANSWER_MAX = 256
/** A longer answer is cut off: the receiver has said what it had to say. */
const READ_MAX = 65_536

/** Speaks undici's own interface, because a stream and an abort signal for each answer cost more than the request itself. */
export const post = (agent: Agent, { url, headers, body, timeoutMs, signal }: Post): Promise<PostOutcome> =>
  new Promise((resolve) => {
    const began = performance.now()
    let status = 0
    let retryAfter: string | undefined
    const kept: Buffer[] = []
    let read = 0
    let connection: Dispatcher.DispatchController | undefined

    const settle = (outcome: Pick<PostOutcome, "status" | "answer">) => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", stop)
      resolve({ ...outcome, retryAfter, durationMs: Math.round(performance.now() - began) })
    }
    /** A later call changes nothing: a promise resolves once. */
    const end = (reason: string) => {
      settle({ status: 0, answer: reason })
      connection?.abort(new Error(reason))
    }
    const complete = () => settle({ status, answer: beginning(kept) })
    const stop = () => end("the gateway is stopping")
    const timer = setTimeout(() => end(`no answer within ${timeoutMs} ms`), timeoutMs)
    signal?.addEventListener("abort", stop)

    agent.dispatch(
      {
        origin: url.origin,
        path: url.pathname + url.search,
        method: "POST",
        headers: headers as string[],
        body,
        headersTimeout: 0,
        bodyTimeout: 0
      },
      {
        onRequestStart: (controller) => {
          connection = controller
          // It waited for a connection, and is over.
          if (signal?.aborted || performance.now() - began >= timeoutMs) controller.abort(new Error("too late"))
        },
        onResponseStart: (_, statusCode, headers) => {
          status = statusCode
          const given = headers["retry-after"]
          retryAfter = typeof given === "string" ? given : undefined
        },
        onResponseData: (controller, piece) => {
          if (read < ANSWER_MAX * BYTES_OF_CHARACTER) kept.push(piece)
          read += piece.length
          if (read <= READ_MAX) return
          complete()
          controller.abort(new Error("the answer is too long"))
        },
        onResponseEnd: complete,
        onResponseError: (_, failure) => settle({ status: 0, answer: reasonOf(failure) })
      }
    )
  })

const BYTES_OF_CHARACTER = 4

const beginning = (kept: readonly Buffer[]): string => {
  if (kept.length === 0) return ""
  const bytes = Buffer.concat(kept).subarray(0, ANSWER_MAX * BYTES_OF_CHARACTER)
  return storable(bytes.toString()).slice(0, ANSWER_MAX).toWellFormed()
}

/** A receiver chooses these bytes: control characters are of no use to a reader. */
// oxlint-disable-next-line no-control-regex -- control characters are what it removes
const storable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim()
