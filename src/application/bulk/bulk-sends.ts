/** Bulk sends: many messages of one device, which go out one after the other at a human pace. runner.ts sends them. */
import { Clock, Effect, Schema } from "effect"
import type { BulkPauseReason } from "../../events/bulk.ts"
import type { OutgoingContent } from "../../events/content.ts"
import type { Origin } from "../../events/envelope.ts"
import { BulkId } from "../../events/ids.ts"
import { type BulkCounts, type BulkItemStatus, type BulkSend, BulkSends } from "../../store/bulk/bulk-sends.ts"
import { newId } from "../../store/new-id.ts"
import { newMessageId } from "../../whatsapp/message-id.ts"
import { findDevice } from "../device-access.ts"
import { once, type RequestKey } from "../idempotency.ts"
import { pageOf } from "../paging.ts"
import type { Principal } from "../principal.ts"
import { BulkWake } from "./wake.ts"
import type { Pacing } from "./pacing.ts"

/** Messages of one bulk send. */
export const BULK_MESSAGES_MAX = 10_000
/** Bulk sends of one device that are not over. */
const OPEN_MAX = 20

/** Rejection: the device has no such bulk send. */
export class BulkNotFound extends Schema.TaggedError<BulkNotFound>()("BulkNotFound", { bulkId: Schema.String }) {
  override get message(): string {
    return `there is no bulk send ${this.bulkId} of this device`
  }
}

/** Rejection: too many bulk sends of the device are not over. */
export class TooManyBulkSends extends Schema.TaggedError<TooManyBulkSends>()("TooManyBulkSends", { max: Schema.Int }) {
  override get message(): string {
    return `a device may have at most ${this.max} bulk sends that are not over; cancel one, or wait`
  }
}

/** Rejection: the bulk send is over. */
export class BulkOver extends Schema.TaggedError<BulkOver>()("BulkOver", { state: Schema.String }) {
  override get message(): string {
    return `the bulk send is ${this.state}`
  }
}

export interface NewBulk {
  readonly name: string | null
  readonly startsAt: number | null
  readonly pacing: Pacing
  readonly messages: readonly { readonly to: string; readonly content: OutgoingContent }[]
}

export interface BulkView extends BulkSend {
  readonly counts: BulkCounts
}

const viewOf = (bulk: BulkSend) =>
  Effect.gen(function* () {
    const bulks = yield* BulkSends
    return { ...bulk, counts: yield* bulks.counts(bulk.id) } satisfies BulkView
  })

/** Stores the messages and begins when it is time. With a key, a repeat returns the first one. */
export const createBulk = (
  principal: Principal,
  reference: string,
  { name, startsAt, pacing, messages }: NewBulk,
  origin: Origin,
  key?: RequestKey
) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference)
    const bulks = yield* BulkSends
    const wake = yield* BulkWake
    return yield* once(key, {
      first: (claim) =>
        Effect.gen(function* () {
          if ((yield* bulks.countOpen(device.deviceNumber)) >= OPEN_MAX) {
            return yield* new TooManyBulkSends({ max: OPEN_MAX })
          }
          const now = yield* Clock.currentTimeMillis
          const id = BulkId.make(newId("blk", now))
          const items = messages.map(({ to }) => ({ recipient: to, messageId: newMessageId() }))
          const contents = messages.map(({ content }) => content)
          const { deviceNumber } = device
          const bulk = { id, deviceNumber, name, startsAt: startsAt ?? now, pacing, items, contents }
          yield* bulks.create(device, bulk, origin, claim)
          yield* wake.changed
          return yield* bulkOf(device.deviceNumber, id)
        }),
      again: ({ subject }) => bulkOf(device.deviceNumber, subject)
    })
  })

const bulkOf = (deviceNumber: number, id: string) =>
  Effect.gen(function* () {
    const bulks = yield* BulkSends
    const bulk = yield* bulks.byId(id)
    if (bulk === undefined || bulk.deviceNumber !== deviceNumber) return yield* new BulkNotFound({ bulkId: id })
    return yield* viewOf(bulk)
  })

export const getBulk = (principal: Principal, reference: string, id: string) =>
  Effect.flatMap(findDevice(principal, reference), ({ deviceNumber }) => bulkOf(deviceNumber, id))

/** A page of the device's bulk sends, the newest first. */
export const listBulks = (
  principal: Principal,
  reference: string,
  { before, limit }: { readonly before: string; readonly limit: number }
) =>
  Effect.gen(function* () {
    const { deviceNumber } = yield* findDevice(principal, reference)
    const bulks = yield* BulkSends
    const { items, last } = pageOf(yield* bulks.list(deviceNumber, before, limit + 1), limit)
    return { bulks: yield* Effect.forEach(items, viewOf), next: last?.id }
  })

/** A page of its messages, in their order. */
export const listBulkItems = (
  principal: Principal,
  reference: string,
  id: string,
  {
    after,
    limit,
    status
  }: { readonly after: number; readonly limit: number; readonly status?: BulkItemStatus | undefined }
) =>
  Effect.gen(function* () {
    const bulk = yield* getBulk(principal, reference, id)
    const bulks = yield* BulkSends
    const { items, last } = pageOf(yield* bulks.items(bulk.id, { after, limit: limit + 1, status }), limit)
    return { items, next: last?.seq }
  })

/** Pausing what is paused, and resuming what runs, changes nothing. Returns the bulk send after it. */
export const orderBulk = (
  principal: Principal,
  reference: string,
  id: string,
  order: "pause" | "resume" | "cancel",
  origin: Origin
) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference)
    const bulk = yield* bulkOf(device.deviceNumber, id)
    const bulks = yield* BulkSends
    const wake = yield* BulkWake
    const { state } = bulk
    if (order === "cancel" && state === "canceled") return bulk
    if (state === "canceled" || state === "finished") return yield* new BulkOver({ state })
    if (order === "cancel") yield* bulks.cancel(device, bulk.id, "requested", origin)
    if (order === "pause" && state === "running") yield* bulks.pause(device, bulk.id, requested, origin)
    if (order === "resume" && state === "paused") yield* bulks.resume(device, bulk.id, origin)
    yield* wake.changed
    return yield* bulkOf(device.deviceNumber, bulk.id)
  })

const requested: BulkPauseReason = "requested"
