/**
 * What was erased or trimmed: the events of the streams `erasures/<device id>` and `retention`.
 *
 * They record which payloads were erased, who requested it and why, but not the content. A verification reports a missing payload that
 * none of these events names.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const ContentErased = defineEvent(
  "content.erased",
  1,
  Schema.Struct({
    /** The erased messages. WhatsApp may deliver them again; they are not recorded again. */
    messages: Schema.Array(Schema.String),
    /** The positions in this log whose payload and salt were erased. */
    positions: Schema.Array(Count),
    /** The content of erased group receipts for messages that stay, without the names of their authors. */
    receipts: Schema.Array(
      Schema.Struct({
        messageId: Schema.String,
        receipt: Schema.Literals(["delivered", "read", "played"]),
        recordedAt: Count
      })
    ),
    reason: Schema.NullOr(Schema.String)
  }),
  "A user or the operator (`who`) permanently erased payloads. Text and salt are deleted; both chains stay valid."
)

export const PayloadsExpired = defineEvent(
  "payloads.expired",
  1,
  Schema.Struct({
    /** The event type whose payloads were erased. */
    type: Schema.String,
    /** All events of that type after this position … */
    after: Count,
    /** … up to and including this one. */
    upTo: Count,
    recordedBefore: Count
  }),
  "Payloads of one type became older than the setting RETENTION allows and were erased."
)

const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

export const LogTrimmed = defineEvent(
  "log.trimmed",
  1,
  Schema.Struct({
    /** The last dropped position, with its hash and time: the chain continues from there. */
    position: Count,
    hash: Hash,
    recordedAt: Count,
    /** SHA-256 of where each stream stood there, and of its state (log-start.ts). */
    streamsHash: Hash,
    signedAt: Count,
    /** Ed25519, base64: a signature over the fields above. */
    publicKey: Schema.String,
    signature: Schema.String
  }),
  "The beginning of the log was dropped, including envelopes, after both chains had been verified up to there. Signed with the gateway's key."
)

export const erasureEvents = [ContentErased, PayloadsExpired, LogTrimmed] as const

export type ErasureEvent = EventOf<(typeof erasureEvents)[number]>
