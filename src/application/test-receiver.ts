/**
 * The gateway's own receiver of webhooks: for people who have no server yet and want to see what arrives. A webhook with the URL
 * `bitacora:receiver` delivers to it, in this process and without a socket, so no address has to be allowed for it (SEC-3).
 *
 * It keeps the latest requests of each webhook in memory, for an hour. They are content: nothing of them is written, an erasure empties
 * the receiver and takes the text of what arrives late, and only those who reach the webhook see them.
 */
import { createHmac, timingSafeEqual } from "node:crypto"
import { Context, Effect, Layer } from "effect"
import type { WebhookId } from "../events/ids.ts"
import { newId } from "../store/new-id.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { RecentErasures } from "./recent-erasures.ts"

/** The whole URL. It has no host, so it cannot be mistaken for an address. */
export const RECEIVER_URL = "bitacora:receiver"

/** What the receiver responds with. `slow`: nothing, until the time for an attempt is over. */
export type ReceiverAnswer = "200" | "500" | "410" | "slow"

export interface ReceivedRequest {
  /** `req_…`, in the order of arrival. */
  readonly id: string
  readonly webhook: WebhookId
  /** Epoch milliseconds. */
  readonly at: number
  readonly answer: ReceiverAnswer
  /** Null for the values of headers that the owner added: they are secret. */
  readonly headers: readonly (readonly [name: string, value: string | null])[]
  /** The header `webhook-id`. */
  readonly webhookId: string
  /** The signature is one that a secret of the webhook makes for these bytes. */
  readonly isSigned: boolean
  /** The beginning of the body; empty if it may repeat what was erased while the request was on its way. */
  readonly text: string
  /** Of the whole body. */
  readonly bytes: number
}

export interface TestReceiverShape {
  /** Keeps a request. `headers`: names and values in turn. Returns what to respond with. */
  readonly take: (webhook: Webhook, headers: readonly string[], body: Uint8Array) => ReceiverAnswer
  /** The newest first. */
  readonly requests: (webhook: Webhook) => readonly ReceivedRequest[]
  readonly answer: (webhook: Webhook) => ReceiverAnswer
  readonly setAnswer: (webhook: Webhook, answer: ReceiverAnswer) => void
  /** Forgets the webhook's requests. */
  readonly empty: (webhook: Webhook) => void
  /** Forgets everything about a webhook that was removed. */
  readonly remove: (id: WebhookId) => void
  /**
   * Forgets the requests of an owner: content of theirs was erased, and the requests may repeat it. For ten minutes it keeps no text of
   * what arrives about events before `position`, that of the erasure's event.
   */
  readonly emptyOf: (owner: number, position: number) => void
  /** The same for all owners. */
  readonly emptyAll: (position: number) => void
}

export const REQUESTS_MAX = 50
export const BODY_BYTES_MAX = 65_536
const KEPT_MS = 3_600_000
/** Of all webhooks together. */
const BYTES_MAX = 33_554_432
const EXPIRY_CHECK_MS = 60_000

export class TestReceiver extends Context.Service<TestReceiver, TestReceiverShape>()(
  "bitacora/application/TestReceiver"
) {
  static readonly layer = Layer.effect(
    TestReceiver,
    Effect.gen(function* () {
      const shelf = new Shelf(BYTES_MAX)
      const erasures = new RecentErasures()
      yield* Effect.acquireRelease(
        Effect.sync(() =>
          setInterval(() => {
            shelf.expire(Date.now())
            erasures.expire(performance.now())
          }, EXPIRY_CHECK_MS).unref()
        ),
        (timer) => Effect.sync(() => clearInterval(timer))
      )
      return TestReceiver.of(receiverWith(shelf, erasures))
    })
  )
}

/** For tests too; in the gateway it is `TestReceiver.layer`. */
export const receiverWith = (shelf: Shelf, erasures: RecentErasures): TestReceiverShape => {
  const answers = new Map<WebhookId, ReceiverAnswer>()
  return {
    take: (webhook, headers, body) => {
      const at = Date.now()
      const answer = answers.get(webhook.id) ?? "200"
      const request = received(webhook, headers, body, { at, answer })
      const isErased = erasures.mayRepeat(webhook.owner, request.webhookId, performance.now())
      shelf.add(webhook.owner, isErased ? { ...request, text: "" } : request)
      return answer
    },
    requests: ({ owner, id }) => {
      shelf.expire(Date.now())
      return shelf
        .of(owner)
        .filter(({ webhook }) => webhook === id)
        .toReversed()
    },
    answer: ({ id }) => answers.get(id) ?? "200",
    setAnswer: ({ id }, answer) => void answers.set(id, answer),
    empty: ({ id }) => shelf.drop((request) => request.webhook === id),
    remove: (id) => {
      answers.delete(id)
      shelf.drop((request) => request.webhook === id)
    },
    emptyOf: (owner, position) => {
      erasures.note(owner, position, performance.now())
      const own = new Set(shelf.of(owner))
      shelf.drop((request) => own.has(request))
    },
    emptyAll: (position) => {
      erasures.note("all", position, performance.now())
      shelf.drop(() => true)
    }
  }
}

/**
 * Requests by owner, the oldest first. When there are too many bytes, the owner who has the most loses their oldest, so that no owner can
 * push out those of another.
 */
export class Shelf {
  readonly #bytesMax: number
  readonly #byOwner = new Map<number, { bytes: number; requests: ReceivedRequest[] }>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  of(owner: number): readonly ReceivedRequest[] {
    return this.#byOwner.get(owner)?.requests ?? []
  }

  add(owner: number, request: ReceivedRequest): void {
    const own = this.#byOwner.get(owner) ?? { bytes: 0, requests: [] }
    this.#byOwner.set(owner, own)
    own.requests.push(request)
    own.bytes += sizeOf(request)
    this.#bytes += sizeOf(request)
    const same = own.requests.filter(({ webhook }) => webhook === request.webhook)
    const [oldest] = same
    if (same.length > REQUESTS_MAX) this.drop((each) => each === oldest)
    while (this.#bytes > this.#bytesMax) {
      const [first] = this.#heaviest()
      this.drop((each) => each === first)
    }
  }

  drop(isUnwanted: (request: ReceivedRequest) => boolean): void {
    for (const [owner, own] of this.#byOwner) {
      const kept = own.requests.filter((request) => !isUnwanted(request))
      if (kept.length === own.requests.length) continue
      this.#bytes -= own.bytes
      own.requests = kept
      own.bytes = kept.reduce((sum, request) => sum + sizeOf(request), 0)
      this.#bytes += own.bytes
      if (kept.length === 0) this.#byOwner.delete(owner)
    }
  }

  expire(now: number): void {
    this.drop(({ at }) => at < now - KEPT_MS)
  }

  #heaviest(): readonly ReceivedRequest[] {
    return [...this.#byOwner.values()].reduce((most, each) => (each.bytes > most.bytes ? each : most)).requests
  }
}

/** A text takes up to two bytes for each character in memory. */
const sizeOf = ({ text, headers }: ReceivedRequest): number =>
  1_000 + 2 * headers.reduce((sum, [name, value]) => sum + name.length + (value?.length ?? 0), text.length)

const received = (
  webhook: Webhook,
  given: readonly string[],
  body: Uint8Array,
  { at, answer }: Pick<ReceivedRequest, "at" | "answer">
): ReceivedRequest => {
  const hidden = new Set(Object.keys(webhook.headers).map((name) => name.toLowerCase()))
  const headers: (readonly [string, string])[] = []
  for (let n = 0; n < given.length; n += 2) headers.push([(given[n] ?? "").toLowerCase(), given[n + 1] ?? ""])
  const { "webhook-id": webhookId = "", ...rest } = Object.fromEntries(headers) as Readonly<Record<string, string>>
  return {
    id: newId("req", at),
    webhook: webhook.id,
    at,
    answer,
    headers: headers.map(([name, value]) => [name, hidden.has(name) ? null : value]),
    webhookId,
    isSigned: isSigned(webhook, webhookId, rest, body),
    // A character that is cut in two is left out.
    text: new TextDecoder().decode(body.subarray(0, BODY_BYTES_MAX), { stream: true }),
    bytes: body.length
  }
}

/** Checks as a receiver of its own would, and not with the code that signs. */
const isSigned = (
  { secrets }: Webhook,
  webhookId: string,
  { "webhook-timestamp": timestamp = "", "webhook-signature": signatures = "" }: Readonly<Record<string, string>>,
  body: Uint8Array
): boolean => {
  const given = signatures.split(" ").map((signature) => Buffer.from(signature))
  return secrets.some(({ text }) => {
    const hmac = createHmac("sha256", Buffer.from(text.slice("whsec_".length), "base64"))
    const digest = hmac.update(`${webhookId}.${timestamp}.`).update(body).digest("base64")
    const wanted = Buffer.from(`v1,${digest}`)
    return given.some((signature) => signature.length === wanted.length && timingSafeEqual(signature, wanted))
  })
}
