/**
 * POSTs to one URL, without redirects, each within a time limit. The answer's first bytes are kept; the rest is read and dropped, up to a
 * limit.
 *
 * A gateway posts each event to each webhook, so what a post costs counts here: it speaks undici's own interface, because a stream for
 * each answer costs as much as the request; and a poster has one timer for all its posts.
 */
import type { Agent, Dispatcher } from "undici"
import { reasonOf } from "./reason.ts"

export interface PosterOptions {
  readonly url: string
  /** The URL comes from the operator's settings: private addresses are allowed. */
  readonly isTrusted: boolean
  /** For the whole exchange, from the look-up of the name to the end of the answer. */
  readonly timeoutMs: number
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

/** Posts one request at a time. */
export class Poster {
  readonly #agent: Agent
  readonly #origin: string
  readonly #path: string
  readonly #timeoutMs: number
  #exchange: Exchange | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(agent: Agent, { url: text, timeoutMs }: PosterOptions) {
    const url = new URL(text)
    this.#agent = agent
    this.#origin = url.origin
    this.#path = url.pathname + url.search
    this.#timeoutMs = timeoutMs
  }

  /** `headers`: names and values in turn. Never rejects. The post before must be over. */
  post(headers: readonly string[], body: string | Uint8Array): Promise<PostOutcome> {
    return new Promise((resolve) => {
      const exchange = new Exchange(resolve)
      this.#exchange = exchange
      this.#startTimer()
      this.#agent.dispatch(
        {
          origin: this.#origin,
          path: this.#path,
          method: "POST",
          headers: headers as string[],
          body,
          headersTimeout: 0,
          bodyTimeout: 0
        },
        exchange
      )
    })
  }

  /** Ends the post that is in progress; nothing if there is none. */
  end(reason: string): void {
    this.#exchange?.end(reason)
  }

  /** The timer is moved, not cleared: where no post follows, it fires once and ends nothing. */
  #startTimer(): void {
    if (this.#timer !== undefined) this.#timer.refresh()
    else {
      this.#timer = setTimeout(() => this.end(`no answer within ${this.#timeoutMs} ms`), this.#timeoutMs).unref()
    }
  }
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #resolve: (outcome: PostOutcome) => void
  readonly #began = performance.now()
  #isOver = false
  #status = 0
  #retryAfter: string | undefined
  #kept: Buffer[] | undefined
  #read = 0
  #connection: Dispatcher.DispatchController | undefined

  constructor(resolve: (outcome: PostOutcome) => void) {
    this.#resolve = resolve
  }

  end(reason: string): void {
    if (this.#isOver) return
    this.#settle(0, reason)
    this.#connection?.abort(new Error(reason))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#connection = controller
    // It waited for a connection, and is over.
    if (this.#isOver) controller.abort(new Error("too late"))
  }

  onResponseStart(_: unknown, status: number, headers: Readonly<Record<string, unknown>>): void {
    this.#status = status
    const given = headers["retry-after"]
    this.#retryAfter = typeof given === "string" ? given : undefined
  }

  onResponseData(controller: Dispatcher.DispatchController, piece: Buffer): void {
    this.#kept ??= []
    if (this.#read < ANSWER_MAX * BYTES_OF_CHARACTER) this.#kept.push(piece)
    this.#read += piece.length
    if (this.#read <= READ_MAX) return
    this.onResponseEnd()
    controller.abort(new Error("the answer is too long"))
  }

  onResponseEnd(): void {
    this.#settle(this.#status, this.#kept === undefined ? "" : beginning(this.#kept))
  }

  onResponseError(_: unknown, failure: Error): void {
    this.#settle(0, reasonOf(failure))
  }

  #settle(status: number, answer: string): void {
    if (this.#isOver) return
    this.#isOver = true
    const durationMs = Math.round(performance.now() - this.#began)
    this.#resolve({ status, answer, retryAfter: this.#retryAfter, durationMs })
  }
}

const BYTES_OF_CHARACTER = 4

const beginning = (kept: readonly Buffer[]): string => {
  const bytes = Buffer.concat(kept).subarray(0, ANSWER_MAX * BYTES_OF_CHARACTER)
  return storable(bytes.toString()).slice(0, ANSWER_MAX).toWellFormed()
}

/** A receiver chooses these bytes: control characters are of no use to a reader. */
// oxlint-disable-next-line no-control-regex -- control characters are what it removes
const storable = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, " ").trim()
