/** Deliveries of webhooks: shows them, sends one again, recovers what was not delivered, and replays a part of the log. */
import { Effect, Schema } from "effect"
import type { Origin } from "../events/envelope.ts"
import type { DuplicateKey } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { positionAt } from "../store/log/position-at.ts"
import { readCheckpoint } from "../store/subscriptions/checkpoint.ts"
import { Deliveries } from "../store/webhook/deliveries.ts"
import type { DeliveryStatus } from "../store/webhook/delivery.ts"
import { liveCheckpoint, Webhooks } from "../store/webhook/webhooks.ts"
import type { Webhook } from "../store/webhook/webhook.ts"
import { pageOf } from "./paging.ts"
import type { Principal } from "./principal.ts"
import { WebhookSender } from "./webhook-sender.ts"
import { findWebhook, mayRead, WebhookUnfit } from "./webhooks.ts"

/** Rejection: nothing was delivered under this id. */
export class DeliveryNotFound extends Schema.TaggedError<DeliveryNotFound>()("DeliveryNotFound", {
  delivery: Schema.String
}) {
  override get message(): string {
    return `there is no delivery ${this.delivery}; deliveries are kept for some days`
  }
}

/** Rejection: the event's content was erased, or the event was trimmed. */
export class NothingToSend extends Schema.TaggedError<NothingToSend>()("NothingToSend", {}) {
  override get message(): string {
    return "the event's content no longer exists, so there is nothing to send"
  }
}

/** Rejection: a disabled webhook gets nothing. */
export class WebhookDisabledNow extends Schema.TaggedError<WebhookDisabledNow>()("WebhookDisabledNow", {}) {
  override get message(): string {
    return 'the webhook is disabled; enable it first with PATCH {"enabled": true}'
  }
}

/** Rejection: one replay runs at a time. */
export class ReplayRunning extends Schema.TaggedError<ReplayRunning>()("ReplayRunning", { upTo: Schema.Int }) {
  override get message(): string {
    return `a replay up to position ${this.upTo} is in progress; wait for its end`
  }
}

export interface DeliveriesPage {
  /** The `next` of the previous page; undefined for the newest deliveries. */
  readonly before: number | undefined
  readonly limit: number
  readonly status: DeliveryStatus | undefined
}

/** Newest first. */
export const listDeliveries = (principal: Principal, id: string, { before, limit, status }: DeliveriesPage) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    const deliveries = yield* Deliveries
    const page = { before: before ?? Number.MAX_SAFE_INTEGER, limit: limit + 1, status }
    const found = yield* deliveries.list(webhook.id, page)
    const { items, last } = pageOf(found, limit)
    return { items, next: last?.position ?? null }
  })

const findDelivery = (webhook: Webhook, delivery: string) =>
  Effect.gen(function* () {
    const position = /^\d{1,15}$/.test(delivery) ? Number(delivery) : 0
    const found = yield* (yield* Deliveries).find(webhook.id, position)
    return found ?? (yield* new DeliveryNotFound({ delivery }))
  })

export const resendDelivery = (principal: Principal, id: string, delivery: string) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    const found = yield* findDelivery(webhook, delivery)
    if (!webhook.isEnabled) return yield* new WebhookDisabledNow()
    const after = yield* (yield* WebhookSender).resend(webhook, found)
    return after === undefined ? yield* new NothingToSend() : { ...found, ...after }
  })

/** A delivery, and what it posts: that is content, and takes the scope `read`. */
export const viewDelivery = (principal: Principal, id: string, delivery: string) =>
  Effect.gen(function* () {
    yield* mayRead(principal)
    const webhook = yield* findWebhook(principal, id)
    const found = yield* findDelivery(webhook, delivery)
    return { delivery: found, bodies: yield* (yield* WebhookSender).bodies(webhook, found) }
  })

/** How the webhook's latest deliveries ended, the newest first. */
export const recentDeliveries = ({ id }: Webhook, limit: number) =>
  Effect.flatMap(Deliveries, (deliveries) =>
    deliveries.list(id, { before: Number.MAX_SAFE_INTEGER, limit, status: undefined })
  )

/** Works for a disabled webhook too. */
export const testWebhook = (principal: Principal, id: string) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    return yield* (yield* WebhookSender).test(webhook)
  })

/** The events that are sent again: after `after`, up to `upTo`. */
export interface StartedReplay {
  readonly after: number
  readonly upTo: number
}

/** Sends again what was recorded since a time (epoch milliseconds), and has not been delivered. What is still to come is not part of it. */
export const recoverWebhook = (principal: Principal, id: string, sinceMs: number, origin: Origin) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    return yield* startReplay(webhook, yield* undeliveredSince(webhook, sinceMs), true, origin)
  })

const undeliveredSince = (webhook: Webhook, sinceMs: number) =>
  Effect.gen(function* () {
    const upTo = yield* readCheckpoint(liveCheckpoint(webhook.id))
    if (upTo === undefined) return yield* new WebhookDisabledNow()
    const after = yield* positionAt(sinceMs - 1)
    return { after: Math.min(after, upTo), upTo } satisfies StartedReplay
  })

/** Positions in the log. */
export interface ReplayRange {
  readonly from: number
  /** Undefined for the end of the log. */
  readonly to: number | undefined
}

/** Sends the events at these positions again, whether or not they were delivered. */
export const replayWebhook = (principal: Principal, id: string, range: ReplayRange, origin: Origin) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    return yield* startReplay(webhook, yield* rangeOf(range), false, origin)
  })

const rangeOf = ({ from, to }: ReplayRange) =>
  Effect.gen(function* () {
    const end = (yield* EventLog).end()
    const upTo = Math.min(to ?? end, end)
    if (to !== undefined && from > to) return yield* new WebhookUnfit({ field: "from", reason: "must not exceed `to`" })
    return { after: yield* readableAfter(from - 1), upTo } satisfies StartedReplay
  })

/** Counts what `recoverWebhook` (`sinceMs`) or `replayWebhook` (a range) would send. Starts nothing. */
export const previewReplay = (principal: Principal, id: string, wanted: ReplayRange | { readonly sinceMs: number }) =>
  Effect.gen(function* () {
    const webhook = yield* findWebhook(principal, id)
    const undelivered = "sinceMs" in wanted
    const range = yield* undelivered ? undeliveredSince(webhook, wanted.sinceMs) : rangeOf(wanted)
    return yield* (yield* WebhookSender).preview(webhook, { ...range, undelivered })
  })

const startReplay = (webhook: Webhook, { after, upTo }: StartedReplay, undelivered: boolean, origin: Origin) =>
  Effect.gen(function* () {
    if (!webhook.isEnabled) return yield* new WebhookDisabledNow()
    if (webhook.replay !== null) return yield* new ReplayRunning({ upTo: webhook.replay.upTo })
    if (after >= upTo) return { after: upTo, upTo }
    const webhooks = yield* Webhooks
    yield* webhooks
      .startReplay(webhook.id, { after, upTo, undelivered }, origin)
      .pipe(Effect.catchTag("DuplicateKey", (failure) => refusal(webhook, failure)))
    return { after, upTo } satisfies StartedReplay
  })

/** Another request was faster. */
const refusal = (webhook: Webhook, failure: DuplicateKey) =>
  Effect.gen(function* () {
    const now = yield* (yield* Webhooks).byId(webhook.id)
    if (now?.replay) return yield* new ReplayRunning({ upTo: now.replay.upTo })
    if (now !== undefined && !now.isEnabled) return yield* new WebhookDisabledNow()
    return yield* failure
  })
