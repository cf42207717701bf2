/** One attempt to deliver one event: every body that its format makes of it, in order, until one fails. Keeps HOOK-2 and HOOK-3. */
import type { RecordedEvent } from "../events/envelope.ts"
import type { OutboundShape } from "../outbound/outbound.ts"
import type { Attempt } from "../store/webhook/deliveries.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { toHex } from "../events/envelope.ts"
import { keysOf, sign, type SigningKey } from "./sign.ts"
import type { WebhookSettings } from "./settings.ts"

export interface AttemptOutcome {
  readonly attempt: Attempt
  readonly isDelivered: boolean
  /** How many bodies the receiver has accepted, those of earlier attempts included. */
  readonly accepted: number
  readonly retryAfter: string | undefined
}

/** The id of an event's n-th body: the same at every attempt and every endpoint, and another one in another gateway's log. */
export const webhookId = ({ position, hash }: RecordedEvent, nth: number): string => {
  const id = `msg_${position}_${toHex(hash.subarray(0, 6))}`
  return nth === 0 ? id : `${id}_${nth + 1}`
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

/** Posts bodies to an endpoint. */
export class Sender {
  readonly #webhook: Webhook
  readonly #outbound: OutboundShape
  readonly #timeoutMs: number
  readonly #url: URL
  readonly #headers: readonly string[]
  #keys: readonly SigningKey[] = []
  #keysUntil = 0

  constructor(webhook: Webhook, outbound: OutboundShape, { timeoutMs, apiKey }: WebhookSettings) {
    this.#webhook = webhook
    this.#outbound = outbound
    this.#timeoutMs = timeoutMs
    this.#url = new URL(webhook.url)
    // The operator's key opens the whole gateway, so it goes only where the operator's settings say.
    const key = webhook.isTrusted && webhook.format === "wwebjs" && apiKey !== undefined ? { "x-api-key": apiKey } : {}
    const headers = { ...webhook.headers, ...key, "content-type": "application/json", "user-agent": "Bitacora" }
    this.#headers = Object.entries(headers).flat()
  }

  /** Never rejects. `accepted`: bodies that an earlier attempt has delivered. */
  async attempt(
    idOf: (nth: number) => string,
    bodies: readonly string[],
    accepted: number,
    signal?: AbortSignal
  ): Promise<AttemptOutcome> {
    const at = Date.now()
    let durationMs = 0
    let done = accepted
    for (const body of encoded(bodies).slice(accepted)) {
      const posted = await this.#post(idOf(done), body, signal)
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

  #post(id: string, body: Uint8Array, signal: AbortSignal | undefined) {
    const now = Date.now()
    return this.#outbound.post({
      url: this.#url,
      headers: [...this.#headers, ...sign(id, now, body, this.#keysAt(now))],
      body,
      isTrusted: this.#webhook.isTrusted,
      timeoutMs: this.#timeoutMs,
      ...(signal === undefined ? {} : { signal })
    })
  }

  #keysAt(now: number): readonly SigningKey[] {
    if (now >= this.#keysUntil) {
      this.#keys = keysOf(this.#webhook.secrets, now)
      const ends = this.#webhook.secrets.flatMap(({ validUntil }) => ((validUntil ?? 0) > now ? [validUntil ?? 0] : []))
      this.#keysUntil = Math.min(Number.POSITIVE_INFINITY, ...ends)
    }
    return this.#keys
  }
}
