/** /v1/devices/:id/events and /replay: a device's recorded history, and its state at any point. */
import { Effect, Schema } from "effect"
import { readEvents, replay } from "../../../application/history.ts"
import { answer, json, JsonText, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { eventText } from "../../../events/event-text.ts"
import { isoTime } from "../../../events/iso-time.ts"
import { After, DeviceParams, limitUpTo } from "./fields.ts"
import { EventModel, iso, pageOf, TransitionModel, transitionModel } from "./models.ts"

const tag = "History"
const PAGE_MAX = 1_000
const PAGE_DEFAULT = 100
const id = EXAMPLE.number

const Replay = Schema.Struct({
  device: Schema.String,
  state: Schema.NullOr(Schema.String).annotate({ description: "Null before the device's first event." }),
  context: Schema.Unknown.annotate({ description: "What the device's state machine knew at that point." }),
  version: Schema.Int.annotate({ description: "The number of events of its stream up to that point." }),
  position: Schema.NullOr(Schema.Int),
  recordedAt: Schema.NullOr(Schema.String),
  transitions: Schema.Array(TransitionModel).annotate({ description: "The last events up to that point, in order." })
})

export const historyRoutes: readonly Route[] = [
  route({
    id: "listEvents",
    method: "GET",
    path: "/v1/devices/:id/events",
    tag,
    summary: "List a device's events",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT) }),
    answers: { 200: json("A page of events, oldest first.", pageOf(EventModel)) },
    failures: ["DeviceNotFound", "HistoryTrimmed"],
    examples: [{ params: { id }, query: { limit: "10" }, status: 200 }],
    isLong: true,
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { after = 0, limit = PAGE_DEFAULT } = query
        const { events, hasMore } = yield* readEvents(principal, params.id, { after, limit })
        const next = hasMore ? `"${events.at(-1)?.position}"` : "null"
        return answer(200, new JsonText(`{"items":[${events.map(eventText).join(",")}],"next":${next}}`))
      })
  }),
  route({
    id: "replayDevice",
    method: "GET",
    path: "/v1/devices/:id/replay",
    tag,
    summary: "Get a device as it was at a point of its history",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({
      at: Schema.optionalKey(
        Schema.String.annotate({ description: "A position, or an ISO 8601 time. By default now." })
      )
    }),
    answers: { 200: json("The state, and the last events that led to it.", Replay) },
    failures: ["DeviceNotFound", "HistoryTrimmed"],
    examples: [{ params: { id }, query: { at: "2099-01-01T00:00:00Z" }, status: 200 }],
    isLong: true,
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const at = yield* pointOf(query.at)
        const { device, replayed } = yield* replay(principal, params.id, at)
        const { recordedAt, transitions, ...rest } = replayed
        const body = {
          device: device.id,
          ...rest,
          recordedAt: iso(recordedAt),
          transitions: transitions.map(transitionModel)
        }
        return answer(200, body)
      })
  })
]

/** A position or a time. Without one, now. */
const pointOf = (given: string | undefined) => {
  if (given === undefined) return Effect.succeed({})
  if (/^\d{1,15}$/.test(given)) return Effect.succeed({ position: Number(given) })
  const time = isoTime(given)
  return time === undefined
    ? new InvalidRequest({
        field: "at",
        reason: "must be a position, or an ISO 8601 time such as 2026-01-31T09:30:00Z"
      })
    : Effect.succeed({ time })
}
