/** /v1/devices/:id/bulk-sends: many messages, or scheduled ones, that go out at a human pace. */
import { Effect, Schema } from "effect"
import {
  BULK_MESSAGES_MAX,
  type BulkView,
  createBulk,
  getBulk,
  listBulkItems,
  listBulks,
  orderBulk
} from "../../../application/bulk/bulk-sends.ts"
import { defaultPacing, isClockTime, isTimeZone, type Pacing } from "../../../application/bulk/pacing.ts"
import { TEXT_MAX } from "../../../application/outgoing-file.ts"
import type { BulkItem } from "../../../store/bulk/bulk-sends.ts"
import { isAddress } from "../../../whatsapp/jid.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { DeviceParams, limitUpTo, timeOf } from "./fields.ts"
import { iso, pageOf } from "./models.ts"

const tag = "Bulk sends"
const id = EXAMPLE.number
const PAGE_MAX = 200
const PAGE_DEFAULT = 50
const BODY_BYTES_MAX = 8_000_000

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const whole = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))
const Seconds = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 3_600 }))
const CLOCK_RULE = "must be a time of day like 21:00"
const ZONE_RULE = "must be an IANA time zone, such as America/Lima"
const TO_RULE = "must be 8 to 15 digits with country code, without plus, or the jid of a person or a group"
const Clock = Schema.String.check(
  Schema.makeFilter((text: string) => isClockTime(text) || CLOCK_RULE, { description: "HH:MM, 00:00 to 23:59" })
)

const PacingBody = Schema.Struct({
  perMinute: Schema.optionalKey(
    described(whole(1, 600), `Messages of the device within a minute, at most. ${defaultPacing.perMinute} by default.`)
  ),
  gapSeconds: Schema.optionalKey(
    described(
      Schema.Struct({ min: Seconds, max: Seconds }),
      "The pause between two messages: drawn anew for each, between these bounds. 3 to 12 by default."
    )
  ),
  newChatsPerDay: Schema.optionalKey(
    described(
      Schema.NullOr(whole(0, 10_000)),
      `Chats that the device's bulk sends may begin within a day of the time zone; null: any number. ${defaultPacing.newChatsPerDay} by default.`
    )
  ),
  quietHours: Schema.optionalKey(
    described(
      Schema.NullOr(Schema.Struct({ from: Clock, to: Clock })),
      "No message goes out in these hours of the time zone, such as 21:00 to 08:00. Null, the default: none."
    )
  ),
  timeZone: Schema.optionalKey(
    described(
      Schema.String.check(
        Schema.isMaxLength(64),
        Schema.makeFilter((name: string) => isTimeZone(name) || ZONE_RULE, { description: "an IANA time zone" })
      ),
      "Of `quietHours` and of the day, such as `America/Lima`. UTC by default."
    )
  )
})

const PacingModel = Schema.Struct({
  perMinute: Schema.Int,
  gapSeconds: Schema.Struct({ min: Schema.Finite, max: Schema.Finite }),
  newChatsPerDay: Schema.NullOr(Schema.Int),
  quietHours: Schema.NullOr(Schema.Struct({ from: Schema.String, to: Schema.String })),
  timeZone: Schema.String
})

const Time = Schema.NullOr(Schema.String)

export const BulkModel = Schema.Struct({
  id: described(Schema.String, "`blk_…`"),
  name: Schema.NullOr(Schema.String),
  state: described(
    Schema.Literals(["running", "paused", "canceled", "finished"]),
    "A bulk send that is `running` may wait: for its start, its pace, the end of quiet hours, or the device."
  ),
  reason: described(
    Schema.NullOr(Schema.String),
    "Why it is paused (`requested`, `account_restricted`, `message_refused`) or canceled (`requested`, `device_removed`)."
  ),
  startsAt: Time,
  createdAt: Time,
  endedAt: Time,
  pacing: PacingModel,
  counts: described(
    Schema.Struct({
      waiting: Schema.Int,
      accepted: Schema.Int,
      failed: Schema.Int,
      canceled: Schema.Int
    }),
    "`accepted`: the gateway sends the message, or has sent it; `GET /v1/messages/:id` tells how far it came."
  )
}).annotate({ identifier: "BulkSend" })

const ItemModel = Schema.Struct({
  seq: described(Schema.Int, "Its place in the order, from 1."),
  to: Schema.String,
  messageId: described(Schema.String, "The id under which it is sent."),
  status: Schema.Literals(["waiting", "accepted", "failed", "canceled"]),
  reason: Schema.NullOr(Schema.String),
  at: described(Time, "When its turn was.")
})

const modelOf = (bulk: BulkView): typeof BulkModel.Encoded => ({
  id: bulk.id,
  name: bulk.name,
  state: bulk.state,
  reason: bulk.reason,
  startsAt: iso(bulk.startsAt),
  createdAt: iso(bulk.createdAt),
  endedAt: iso(bulk.endedAt),
  pacing: bulk.pacing as typeof PacingModel.Encoded,
  counts: bulk.counts
})

const itemModel = ({ seq, recipient, messageId, status, reason, at }: BulkItem): typeof ItemModel.Encoded => ({
  seq,
  to: recipient,
  messageId,
  status,
  reason,
  at: iso(at)
})

const BulkParams = Schema.Struct({ ...DeviceParams.fields, bulk: Schema.String })
const manage = { for: "principal", scope: "send" } as const
const read = { for: "principal", scope: "read" } as const

const Message = Schema.Struct({
  to: described(
    Schema.String.check(
      Schema.makeFilter((text: string) => isAddress(text) || TO_RULE, { description: "a telephone number or a jid" })
    ),
    "A telephone number with country code, or the jid of a person or a group."
  ),
  text: Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(TEXT_MAX))
})

const order = (which: "pause" | "resume" | "cancel", summary: string, description: string) =>
  route({
    id: `${which}BulkSend`,
    method: which === "cancel" ? "DELETE" : "POST",
    path: `/v1/devices/:id/bulk-sends/:bulk${which === "cancel" ? "" : `/${which}`}`,
    tag,
    summary,
    description,
    access: manage,
    params: BulkParams,
    answers: { 200: json("The bulk send after it.", BulkModel) },
    failures: ["DeviceNotFound", "BulkNotFound", "BulkOver"],
    examples: [{ params: { id, bulk: EXAMPLE.bulk }, status: 200 }],
    handle: ({ principal, params, origin }) =>
      Effect.map(orderBulk(principal, params.id, params.bulk, which, origin), (bulk) => answer(200, modelOf(bulk)))
  })

export const bulkSendRoutes: readonly Route[] = [
  route({
    id: "createBulkSend",
    method: "POST",
    path: "/v1/devices/:id/bulk-sends",
    tag,
    summary: "Send many messages, or send later",
    description: `Up to ${BULK_MESSAGES_MAX} messages, which go out one after the other in this order. They survive a restart of the gateway, and each is sent once. A bulk send pauses by itself when WhatsApp restricts the account.`,
    access: manage,
    params: DeviceParams,
    body: Schema.Struct({
      name: Schema.optionalKey(described(Schema.String.check(Schema.isMaxLength(100)), "For your own lists.")),
      startsAt: Schema.optionalKey(described(Schema.String, "When to begin (ISO 8601). By default now.")),
      pacing: Schema.optionalKey(PacingBody),
      messages: Schema.Array(Message).check(Schema.isMinLength(1), Schema.isMaxLength(BULK_MESSAGES_MAX))
    }),
    bodyBytesMax: BODY_BYTES_MAX,
    answers: { 201: json("The bulk send.", BulkModel) },
    failures: ["DeviceNotFound", "BulkNotFound", "TooManyBulkSends"],
    examples: [
      {
        params: { id },
        body: {
          name: "Recordatorios",
          startsAt: "2036-01-31T14:00:00Z",
          pacing: { perMinute: 6, quietHours: { from: "21:00", to: "08:00" }, timeZone: "America/Lima" },
          messages: [{ to: EXAMPLE.contact, text: "Su cita es mañana a las 10:00." }]
        },
        status: 201
      }
    ],
    handle: ({ principal, params, body, origin, key }) =>
      Effect.gen(function* () {
        const { name = null, startsAt: given, pacing: wanted = {}, messages } = body
        const startsAt = (yield* timeOf("startsAt", given)) ?? null
        const pacing: Pacing = { ...defaultPacing, ...wanted }
        if (pacing.gapSeconds.min > pacing.gapSeconds.max) {
          return yield* new InvalidRequest({ field: "pacing.gapSeconds", reason: "has a min above its max" })
        }
        const { quietHours } = pacing
        if (quietHours !== null && quietHours.from === quietHours.to) {
          return yield* new InvalidRequest({ field: "pacing.quietHours", reason: "must end at another time" })
        }
        const bulk = {
          name,
          startsAt,
          pacing,
          messages: messages.map(({ to, text }) => ({ to, content: { kind: "text" as const, text } }))
        }
        return answer(201, modelOf(yield* createBulk(principal, params.id, bulk, origin, key)))
      })
  }),
  route({
    id: "listBulkSends",
    method: "GET",
    path: "/v1/devices/:id/bulk-sends",
    tag,
    summary: "List a device's bulk sends",
    access: read,
    params: DeviceParams,
    query: Schema.Struct({
      after: Schema.optionalKey(described(Schema.String, "The `next` of the previous page.")),
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT)
    }),
    answers: { 200: json("A page of bulk sends, the newest first.", pageOf(BulkModel)) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params, query: { after = "", limit = PAGE_DEFAULT } }) =>
      Effect.map(listBulks(principal, params.id, { before: after, limit }), ({ bulks, next }) =>
        answer(200, { items: bulks.map(modelOf), next: next ?? null })
      )
  }),
  route({
    id: "getBulkSend",
    method: "GET",
    path: "/v1/devices/:id/bulk-sends/:bulk",
    tag,
    summary: "Get a bulk send",
    access: read,
    params: BulkParams,
    answers: { 200: json("The bulk send.", BulkModel) },
    failures: ["DeviceNotFound", "BulkNotFound"],
    examples: [{ params: { id, bulk: EXAMPLE.bulk }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(getBulk(principal, params.id, params.bulk), (bulk) => answer(200, modelOf(bulk)))
  }),
  route({
    id: "listBulkMessages",
    method: "GET",
    path: "/v1/devices/:id/bulk-sends/:bulk/messages",
    tag,
    summary: "List the messages of a bulk send",
    access: read,
    params: BulkParams,
    query: Schema.Struct({
      status: Schema.optionalKey(Schema.Literals(["waiting", "accepted", "failed", "canceled"])),
      after: Schema.optionalKey(
        described(
          Schema.NumberFromString.check(
            Schema.isInt(),
            Schema.isBetween({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })
          ),
          "The `next` of the previous page."
        )
      ),
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT)
    }),
    answers: { 200: json("A page of messages, in their order.", pageOf(ItemModel)) },
    failures: ["DeviceNotFound", "BulkNotFound"],
    examples: [{ params: { id, bulk: EXAMPLE.bulk }, query: { status: "waiting" }, status: 200 }],
    handle: ({ principal, params, query: { after = 0, limit = PAGE_DEFAULT, status } }) =>
      Effect.map(listBulkItems(principal, params.id, params.bulk, { after, limit, status }), ({ items, next }) =>
        answer(200, { items: items.map(itemModel), next: next === undefined ? null : String(next) })
      )
  }),
  order("pause", "Pause a bulk send", "Nothing goes out until it is resumed. A paused one stays paused."),
  order("resume", "Resume a bulk send", "One that runs goes on."),
  order("cancel", "Cancel a bulk send", "What has not had its turn is never sent. What was accepted stays.")
]
