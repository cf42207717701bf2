/**
 * Bulk sends: the events of the stream `bulk/<device id>`. The messages themselves are events of the stream of messages, once their turn
 * has come; until then they are in a mutable table, so that what is never sent leaves nothing in the log.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { BulkId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * Why a bulk send waits for its client: the client paused it; WhatsApp restricts the account; WhatsApp refused one of its messages
 * because it would have begun a chat (463).
 */
export const BulkPauseReason = Schema.Literals(["requested", "account_restricted", "message_refused"])
export type BulkPauseReason = typeof BulkPauseReason.Type

export const BulkCreated = defineEvent(
  "bulk.created",
  1,
  Schema.Struct({
    bulkId: BulkId,
    messages: Count,
    /** Epoch milliseconds. */
    startsAt: Count,
    pacing: Schema.Struct({
      perMinute: Count,
      gapSeconds: Schema.Struct({ min: Schema.Finite, max: Schema.Finite }),
      newChatsPerDay: Schema.NullOr(Count),
      quietHours: Schema.NullOr(Schema.Struct({ from: Schema.String, to: Schema.String })),
      timeZone: Schema.String
    })
  }),
  "A client ordered many messages, which go out one after the other."
)

const bulk = { bulkId: BulkId }

export const BulkPaused = defineEvent(
  "bulk.paused",
  1,
  Schema.Struct({ ...bulk, reason: BulkPauseReason }),
  "A bulk send waits until a client resumes it: a client paused it (`requested`), WhatsApp restricts the account (`account_restricted`), or WhatsApp refused one of its messages because it would have begun a chat (`message_refused`)."
)
export const BulkResumed = defineEvent("bulk.resumed", 1, Schema.Struct(bulk), "A client resumed a bulk send.")
export const BulkCanceled = defineEvent(
  "bulk.canceled",
  1,
  Schema.Struct({ ...bulk, reason: Schema.Literals(["requested", "device_removed"]) }),
  "What was left of a bulk send will not be sent: a client canceled it, or the device was removed."
)
export const BulkFinished = defineEvent(
  "bulk.finished",
  1,
  Schema.Struct({ ...bulk, accepted: Count, failed: Count }),
  "Every message of a bulk send had its turn. `failed`: those that could not be sent at all, such as to numbers that are not on WhatsApp."
)

export const bulkEvents = [BulkCreated, BulkPaused, BulkResumed, BulkCanceled, BulkFinished] as const
export type BulkEvent = EventOf<(typeof bulkEvents)[number]>
