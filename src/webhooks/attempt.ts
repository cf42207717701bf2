/** One attempt to deliver one event: every body that its format makes of it, in order, until one fails. Keeps HOOK-2 and HOOK-3. */
import type { RecordedEvent } from "../events/envelope.ts"
import type { TestReceiverShape } from "../application/test-receiver.ts"
import type { OutboundShape } from "../outbound/outbound.ts"
import type { Attempt } from "../store/webhook/delivery.ts"
import type { Webhook, WebhookSecret } from "../store/webhook/webhook.ts"
import { toHex } from "../events/envelope.ts"
import { keysOf, sign, type SigningKey } from "./sign.ts"
import { isForReceiver, type Posting, ReceiverPoster } from "./receiver-poster.ts"
import type { WebhookSettings } from "./settings.ts"

export interface AttemptOutcome {
  readonly attempt: Attempt
  readonly isDelivered: boolean
  /** How many bodies the receiver has accepted, those of earlier attempts included. */
  readonly accepted: number
  readonly retryAfter: string | undefined
}

/** The ids of events that endpoints share in memory. */
const ids = new WeakMap<RecordedEvent, string>()

/** The id of an event: the same at every attempt and every endpoint, and another one in another gateway's log. */
export const webhookId = (event: RecordedEvent): string => {
  const known = ids.get(event)
  if (known !== undefined) return known
  const id = `msg_${event.position}_${toHex(event.hash.subarray(0, 6))}`
  ids.set(event, id)
  return id
}

/** Bodies that endpoints share are encoded once. */
const encodings = new WeakMap<readonly string[], readonly Buffer[]>()

const encoded = (bodies: readonly string[]): readonly Buffer[] => {
  const known = encodings.get(bodies)
  if (known !== undefined) return known
  const made = bodies.map((body) => Buffer.from(body))
  encodings.set(bodies, made)
  return made
}

/** Where bodies are posted to, and how. */
export interface SenderMeans {
  readonly outbound: OutboundShape
  readonly receiver: TestReceiverShape
  readonly settings: WebhookSettings
}

/** Posts bodies to an endpoint, one at a time. */
export class Sender {
  readonly #secrets: readonly WebhookSecret[]
  readonly #poster: Posting
  readonly #headers: readonly string[]
  #keys: readonly SigningKey[] = []
  #keysUntil = 0
  #signal: AbortSignal | undefined

  constructor(webhook: Webhook, { outbound, receiver, settings: { timeoutMs, apiKey } }: SenderMeans) {
    const { url, isTrusted, format, secrets } = webhook
    this.#secrets = secrets
    this.#poster = isForReceiver(webhook)
      ? new ReceiverPoster(receiver, webhook, timeoutMs)
      : outbound.poster({ url, isTrusted, timeoutMs })
    // The operator's key opens the whole gateway, so it goes only where the operator's settings say.
    const key = isTrusted && format === "wwebjs" && apiKey !== undefined ? { "x-api-key": apiKey } : {}
    const headers = { ...webhook.headers, ...key, "content-type": "application/json", "user-agent": "Bitacora" }
    this.#headers = Object.entries(headers).flat()
  }

  /**
   * Never rejects. The n-th body has the id `id` with its number, but the first one `id` itself. `accepted`: bodies that an earlier
   * attempt has delivered. The signal ends the attempt.
   */
  async attempt(id: string, bodies: readonly string[], accepted: number, signal: AbortSignal): Promise<AttemptOutcome> {
    const at = Date.now()
    let durationMs = 0
    let done = accepted
    for (const pieces = encoded(bodies); ; ) {
      const body = pieces[done]
      if (body === undefined) break
      if (signal.aborted) return stopped(at, durationMs, done)
      this.#endWith(signal)
      const headers = this.#headersOf(done === 0 ? id : `${id}_${done + 1}`, body)
      const posted = await this.#poster.post(headers, body)
      durationMs += posted.durationMs
      const { status, answer, retryAfter } = posted
      const isAccepted = status >= 200 && status < 300
      if (isAccepted) done++
      if (!isAccepted || done === bodies.length) {
        return { attempt: { at, status, durationMs, answer }, isDelivered: isAccepted, accepted: done, retryAfter }
      }
    }
    const attempt = { at, status: 200, durationMs, answer: "" }
    return { attempt, isDelivered: true, accepted: done, retryAfter: undefined }
  }

  /** A page of events is posted under one signal, so a listener for each post would cost more than its use. */
  #endWith(signal: AbortSignal): void {
    if (signal === this.#signal) return
    this.#signal = signal
    signal.addEventListener("abort", () => {
      if (this.#signal === signal) this.#poster.end(STOPPING)
    })
  }

  #headersOf(id: string, body: Uint8Array): readonly string[] {
    const now = Date.now()
    if (now >= this.#keysUntil) {
      this.#keys = keysOf(this.#secrets, now)
      const ends = this.#secrets.flatMap(({ validUntil }) => ((validUntil ?? 0) > now ? [validUntil ?? 0] : []))
      this.#keysUntil = Math.min(Number.POSITIVE_INFINITY, ...ends)
    }
    return [...this.#headers, ...sign(id, now, body, this.#keys)]
  }
}

const STOPPING = "the gateway is stopping"

const stopped = (at: number, durationMs: number, accepted: number): AttemptOutcome => ({
  attempt: { at, status: 0, durationMs, answer: STOPPING },
  isDelivered: false,
  accepted,
  retryAfter: undefined
})
