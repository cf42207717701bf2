/** The clock of the log: the events of the stream `clock`. */
import { Schema } from "effect"
import { defineEvent } from "./definition.ts"

const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

/**
 * Times in the log never decrease, with this exception: its own `recordedAt` is the time of the corrected clock. Readers that search by
 * time take an earlier event with a later time as recorded at that moment (store/log/corrections.ts).
 */
export const ClockCorrected = defineEvent(
  "clock.corrected",
  1,
  Schema.Struct({
    /** The `recordedAt` of the event before, which is ahead. */
    ahead: Time,
    reason: Schema.NullOr(Schema.String)
  }),
  "The operator declared that the clock had been ahead. The times of events before this one may be too late; from here on they follow the clock again."
)

export const clockEvents = [ClockCorrected] as const
