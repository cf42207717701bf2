/** /v1/devices/:id/events and /replay: a device's recorded history, and its state at any point. */
import { Clock, Effect, Schema } from "effect"
import { readEvents, readNewestEvents, replay, stateChanges } from "../../../application/history.ts"
import { answer, json, JsonText, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { eventText } from "../../../events/event-text.ts"
import { isoTime } from "../../../events/iso-time.ts"
import { After, DeviceParams, limitUpTo, Position, timeOf, typesOf } from "./fields.ts"
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
}).annotate({ identifier: "Replay" })

const DAY_MS = 86_400_000

const States = Schema.Struct({
  from: Schema.NullOr(Schema.String),
  to: Schema.NullOr(Schema.String),
  items: Schema.Array(
    Schema.Struct({
      state: Schema.String,
      at: Schema.String.annotate({ description: "When the device entered the state." }),
      position: Schema.Int,
      type: Schema.String.annotate({ description: "The event that changed it." })
    })
  ).annotate({ description: "Oldest first. The first one may be before `from`." }),
  isComplete: Schema.Boolean.annotate({ description: "False when there were too many: the oldest are left out." })
}).annotate({ identifier: "States" })

export const historyRoutes: readonly Route[] = [
  route({
    id: "listEvents",
    method: "GET",
    path: "/v1/devices/:id/events",
    tag,
    summary: "List a device's events",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({
      after: After,
      limit: limitUpTo(PAGE_MAX, PAGE_DEFAULT),
      order: Schema.optionalKey(
        Schema.Literals(["oldest", "newest"]).annotate({
          description: "With `newest` the newest come first; `next` is then the `before` of the next page."
        })
      ),
      before: Schema.optionalKey(
        Position.annotate({ description: "With `order=newest`: only events before this position." })
      ),
      types: Schema.optionalKey(
        Schema.String.annotate({ description: "With `order=newest`: only these event types, comma-separated." })
      )
    }),
    answers: { 200: json("A page of events, oldest first.", pageOf(EventModel)) },
    failures: ["DeviceNotFound", "HistoryTrimmed"],
    examples: [
      { params: { id }, query: { limit: "10" }, status: 200 },
      { name: "the newest first", params: { id }, query: { order: "newest", limit: "10" }, status: 200 }
    ],
    isLong: true,
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const { after = 0, before = Number.MAX_SAFE_INTEGER, limit = PAGE_DEFAULT, order = "oldest" } = query
        const types = yield* typesOf(query.types)
        const field = order === "newest" ? (query.after === undefined ? null : "after") : unfitIn(query)
        if (field !== null) {
          const reason = `goes ${field === "after" ? "without" : "with"} order=newest only`
          return yield* new InvalidRequest({ field, reason })
        }
        const { events, hasMore } = yield* order === "newest"
          ? readNewestEvents(principal, params.id, { before, limit, types })
          : readEvents(principal, params.id, { after, limit })
        const next = hasMore ? `"${events.at(-1)?.position}"` : "null"
        return answer(200, new JsonText(`{"items":[${events.map(eventText).join(",")}],"next":${next}}`))
      })
  }),
  route({
    id: "listStates",
    method: "GET",
    path: "/v1/devices/:id/states",
    tag,
    summary: "List when a device changed its state",
    access: { for: "principal", scope: "read" },
    params: DeviceParams,
    query: Schema.Struct({
      from: Schema.optionalKey(Schema.String.annotate({ description: "ISO 8601; a day before `to` by default." })),
      to: Schema.optionalKey(Schema.String.annotate({ description: "ISO 8601; now by default." }))
    }),
    answers: { 200: json("The states within this time, and the one in which it began.", States) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { id }, status: 200 }],
    handle: ({ principal, params, query }) =>
      Effect.gen(function* () {
        const to = (yield* timeOf("to", query.to)) ?? (yield* Clock.currentTimeMillis)
        const from = (yield* timeOf("from", query.from)) ?? to - DAY_MS
        if (from > to) return yield* new InvalidRequest({ field: "from", reason: "must not be later than to" })
        const { changes, isComplete } = yield* stateChanges(principal, params.id, { from, to })
        const items = changes.map(({ state, at, position, type }) => ({
          state,
          at: new Date(at).toISOString(),
          position,
          type
        }))
        return answer(200, { from: iso(from), to: iso(to), items, isComplete })
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

/** What is of no use in the order of the log. */
const unfitIn = (query: { readonly before?: number; readonly types?: string }): "before" | "types" | null =>
  query.before !== undefined ? "before" : query.types === undefined ? null : "types"

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
