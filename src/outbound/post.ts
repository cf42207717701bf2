/** One POST, without redirects, within a time limit. The answer's first bytes are kept; the rest is read and dropped, up to a limit. */
import type { Agent, Dispatcher } from "undici"
import { reasonOf } from "./reason.ts"

export interface Post {
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
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

export const post = async (agent: Agent, { url, headers, body, timeoutMs, signal }: Post): Promise<PostOutcome> => {
  const began = performance.now()
  const ended = new AbortController()
  const timer = setTimeout(() => ended.abort(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs)
  const stop = () => ended.abort(new Error("the gateway is stopping"))
  signal?.addEventListener("abort", stop)
  if (signal?.aborted) stop()
  const outcome = (status: number, answer: string, retryAfter?: string): PostOutcome => ({
    status,
    answer,
    retryAfter,
    durationMs: Math.round(performance.now() - began)
  })
  try {
    const response = await agent.request({
      origin: url.origin,
      path: url.pathname + url.search,
      method: "POST",
      headers,
      body,
      signal: ended.signal,
      headersTimeout: 0,
      bodyTimeout: 0
    })
    const answer = await beginningOf(response)
    const retryAfter = response.headers["retry-after"]
    return outcome(response.statusCode, answer, typeof retryAfter === "string" ? retryAfter : undefined)
  } catch (failure) {
    return outcome(0, reasonOf(ended.signal.aborted ? ended.signal.reason : failure))
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener("abort", stop)
  }
}

const beginningOf = async ({ body }: Dispatcher.ResponseData): Promise<string> => {
  const kept: Buffer[] = []
  let keptBytes = 0
  let read = 0
  for await (const piece of body as AsyncIterable<Buffer>) {
    // Up to four bytes make one character.
    if (keptBytes < ANSWER_MAX * 4) {
      kept.push(piece)
      keptBytes += piece.length
    }
    read += piece.length
    if (read > READ_MAX) break
  }
  if (kept.length === 0) return ""
  const text = Buffer.concat(kept, Math.min(keptBytes, ANSWER_MAX * 4)).toString()
  return storable(text).slice(0, ANSWER_MAX).toWellFormed()
}

/** A receiver chooses these bytes: control characters are of no use to a reader. */
// oxlint-disable-next-line no-control-regex -- control characters are what it removes
const storable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim()
