/**
 * What was taken out of the log: the events of the streams `erasures/<device id>` and `retention`.
 *
 * They say which payloads went, who wanted it and why, never what stood there. A payload that is gone and that none of them
 * names is one that somebody removed: verification says so.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const ContentErased = defineEvent(
  "content.erased",
  1,
  Schema.Struct({
    /** Messages that are not known here any more; WhatsApp may deliver them again, and they are not taken. */
    messages: Schema.Array(Schema.String),
    /** Positions in this log whose payload and salt are gone. */
    positions: Schema.Array(Count),
    /** What erased receipts of a group said of messages that stay, without saying whose they were. */
    receipts: Schema.Array(
      Schema.Struct({
        messageId: Schema.String,
        receipt: Schema.Literals(["delivered", "read", "played"]),
        recordedAt: Count
      })
    ),
    reason: Schema.NullOr(Schema.String)
  }),
  "Payloads were erased on somebody's demand (`who`), for good: text and salt are gone, both chains stay valid."
)

export const PayloadsExpired = defineEvent(
  "payloads.expired",
  1,
  Schema.Struct({
    /** The type whose payloads went. */
    type: Schema.String,
    /** All of that type behind this position … */
    after: Count,
    /** … up to and with this one. */
    upTo: Count,
    recordedBefore: Count
  }),
  "Payloads of one type grew older than the setting RETENTION allows, and were erased."
)

const Hash = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))

export const LogTrimmed = defineEvent(
  "log.trimmed",
  1,
  Schema.Struct({
    /** The last position that was dropped, with its hash and time: where the chain goes on from. */
    position: Count,
    hash: Hash,
    recordedAt: Count,
    /** SHA-256 of where each stream stood there, and what it amounted to (log-start.ts). */
    streamsHash: Hash,
    signedAt: Count,
    /** Ed25519, base64: over the fields before it. */
    publicKey: Schema.String,
    signature: Schema.String
  }),
  "The beginning of the log was dropped, envelopes and all, after both chains had been verified up to there. Signed with the gateway's key."
)

export const erasureEvents = [ContentErased, PayloadsExpired, LogTrimmed] as const

export type ErasureEvent = EventOf<(typeof erasureEvents)[number]>
