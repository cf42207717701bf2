/** Posts to the gateway's own test receiver: in this process, without a socket. */
import { RECEIVER_URL, type ReceiverAnswer, type TestReceiverShape } from "../application/test-receiver.ts"
import type { Poster, PostOutcome } from "../outbound/post.ts"
import type { Webhook } from "../store/webhook/webhook.ts"

/** What a sender needs of a poster. */
export type Posting = Pick<Poster, "post" | "end">

export const isForReceiver = ({ url }: Pick<Webhook, "url">): boolean => url === RECEIVER_URL

const TEXTS: Readonly<Record<Exclude<ReceiverAnswer, "slow">, string>> = {
  "200": "received",
  "410": "the test receiver responds with 410",
  "500": "the test receiver responds with 500"
}

/** Posts one request at a time, as Poster does. */
export class ReceiverPoster implements Posting {
  readonly #receiver: TestReceiverShape
  readonly #webhook: Webhook
  readonly #timeoutMs: number
  #end: ((reason: string) => void) | undefined

  constructor(receiver: TestReceiverShape, webhook: Webhook, timeoutMs: number) {
    this.#receiver = receiver
    this.#webhook = webhook
    this.#timeoutMs = timeoutMs
  }

  post(headers: readonly string[], body: string | Uint8Array): Promise<PostOutcome> {
    const began = performance.now()
    const answer = this.#receiver.take(this.#webhook, headers, Buffer.from(body))
    const outcome = (status: number, text: string): PostOutcome => ({
      status,
      answer: text,
      retryAfter: undefined,
      durationMs: Math.round(performance.now() - began)
    })
    return new Promise((resolve) => {
      if (answer !== "slow") {
        // Other work gets its turn between two posts, as it does with a socket.
        setImmediate(() => resolve(outcome(Number(answer), TEXTS[answer])))
        return
      }
      const timer = setTimeout(() => this.end(`no answer within ${this.#timeoutMs} ms`), this.#timeoutMs)
      this.#end = (reason) => {
        clearTimeout(timer)
        resolve(outcome(0, reason))
      }
    })
  }

  end(reason: string): void {
    this.#end?.(reason)
    this.#end = undefined
  }
}
