/** Calls to the account: events of the stream `roster/<device id>` (contact.ts says what that is). */
import { Schema } from "effect"
import { PersonName } from "./contact.ts"
import { defineEvent, type EventOf } from "./definition.ts"

const Time = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const CallOutcome = Schema.Literals(["accepted", "rejected", "missed", "ended"])
export type CallOutcome = typeof CallOutcome.Type

export const CallReceived = defineEvent(
  "call.received",
  1,
  Schema.Struct({
    callId: Schema.String,
    from: PersonName,
    /** The group that is called; null for a call to this account alone. */
    group: Schema.NullOr(Schema.String),
    isVideo: Schema.Boolean,
    at: Time,
    /** Arrived from WhatsApp's offline queue rather than live: it no longer rings. */
    offline: Schema.Boolean
  }),
  "A contact calls the account."
)

export const CallEnded = defineEvent(
  "call.ended",
  1,
  Schema.Struct({ callId: Schema.String, from: PersonName, outcome: CallOutcome, at: Time }),
  "A call no longer rings: it was accepted or rejected on the phone, was not answered, or the caller gave up."
)

export const callEvents = [CallReceived, CallEnded] as const

export type CallEvent = EventOf<(typeof callEvents)[number]>
