/** /v1/devices/:id/health: what WhatsApp thinks of a device's account. */
import { Effect, Schema } from "effect"
import { type AccountHealth, accountHealth } from "../../../application/health.ts"
import { RefusalCause } from "../../../events/message.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams } from "./fields.ts"
import { iso } from "./models.ts"

const described = <S extends Schema.Top>(schema: S, description: string) => schema.annotate({ description })
const Time = Schema.String.annotate({ description: "ISO 8601." })
const MaybeTime = Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." })
const Count = Schema.NullOr(Schema.Int)

const HealthModel = Schema.Struct({
  device: Schema.String,
  state: Schema.String,
  mayBeginChats: described(
    Schema.Boolean,
    "The account may write to people whom it has no chat with, as far as WhatsApp has said."
  ),
  reachoutLock: described(
    Schema.NullOr(Schema.Struct({ kind: Schema.String, since: Time, until: Time })),
    "WhatsApp lets the account write only to people whom it has a chat with. Until then a first message to others is refused as `account-restricted`. `kind` is WhatsApp's word. Null: there is no such lock."
  ),
  newChats: described(
    Schema.NullOr(
      Schema.Struct({
        status: described(Schema.String, "`NONE`, `FIRST_WARNING`, `SECOND_WARNING` or `CAPPED`."),
        used: Count,
        total: Count,
        cycleStartsAt: MaybeTime,
        cycleEndsAt: MaybeTime,
        toldAt: Time
      })
    ),
    "How many new chats the account may begin in a cycle. Null until WhatsApp has said it."
  ),
  restriction: described(
    Schema.NullOr(Schema.Struct({ reason: Schema.String, code: Schema.Int, since: Time, until: MaybeTime })),
    "WhatsApp has banned or locked the account: `temporarily_banned` (402), `forbidden` (403) or `banned` (406). `until` is null where WhatsApp names no end."
  ),
  refusals: Schema.Struct({
    last24Hours: Schema.Int,
    perDay: described(
      Schema.Array(Schema.Struct({ day: Schema.String, count: Schema.Int })),
      "The days of the last 30 (UTC) that had any, the newest first."
    ),
    recent: Schema.Array(
      Schema.Struct({
        messageId: Schema.String,
        to: Schema.String,
        cause: described(
          Schema.NullOr(RefusalCause),
          "`timelock`: the lock above held. `no_token`: this person takes no first message. Null: WhatsApp did not say."
        ),
        at: Time
      })
    )
  }).annotate({ description: "Messages that WhatsApp refused because they would have begun a chat (463)." })
}).annotate({ identifier: "AccountHealth" })

export const healthRoutes: readonly Route[] = [
  route({
    id: "getDeviceHealth",
    method: "GET",
    path: "/v1/devices/:id/health",
    tag: "Devices",
    summary: "Get what WhatsApp thinks of a device's account: locks, caps, bans, refused messages",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    answers: { 200: json("The account's health.", HealthModel) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id: EXAMPLE.number }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(accountHealth(principal, params.id), (health) => answer(200, healthModel(health)))
  })
]

const time = (at: number): string => new Date(at).toISOString()

const healthModel = ({
  device,
  state,
  mayBeginChats,
  lock,
  newChats,
  restriction,
  refusals
}: AccountHealth): typeof HealthModel.Encoded => ({
  device: device.id,
  state,
  mayBeginChats,
  reachoutLock: lock && { kind: lock.kind, since: time(lock.since), until: time(lock.until) },
  newChats: newChats && {
    status: newChats.status,
    used: newChats.used,
    total: newChats.total,
    cycleStartsAt: iso(newChats.cycleStartsAt),
    cycleEndsAt: iso(newChats.cycleEndsAt),
    toldAt: time(newChats.at)
  },
  restriction: restriction && { ...restriction, since: time(restriction.since), until: iso(restriction.until) },
  refusals: {
    last24Hours: refusals.last24Hours,
    perDay: refusals.perDay.map(({ day, count }) => ({ day: time(day).slice(0, 10), count })),
    recent: refusals.recent.map(({ messageId, chat, cause, at }) => ({ messageId, to: chat, cause, at: time(at) }))
  }
})
