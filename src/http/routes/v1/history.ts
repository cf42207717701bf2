/** /v1/devices/:id/events and /replay: what was recorded of a device, and what it was at any point. */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { replayDevice } from "../../../actors/device/replay.ts"
import { EventLog } from "../../../store/event-log.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import type { HttpContext } from "../../runtime.ts"
import { After, InvalidRequest, limitUpTo, read } from "./input.ts"
import { eventText, iso } from "./representations.ts"

const PAGE_MAX = 1_000
const PAGE_DEFAULT = 100

const EventsQuery = Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX) })
const ReplayQuery = Schema.Struct({ at: Schema.optionalKey(Schema.String) })

/** A day, or a time of a day with its zone; Date.parse alone would take much else for a time. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/

type Params = { readonly id: string }

export const historyRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  const deviceOf = (request: FastifyRequest<{ Params: Params }>) =>
    Effect.flatMap(authenticate(request, authentication), (principal) =>
      deviceByReference(principal, request.params.id, { withRemoved: true })
    )

  app.get<{ Params: Params }>("/devices/:id/events", async (request, reply) => {
    const { after = 0, limit = PAGE_DEFAULT } = read(EventsQuery, request.query)
    const events = await run(
      Effect.gen(function* () {
        const { number_id } = yield* deviceOf(request)
        const log = yield* EventLog
        return yield* log.readAll({ after, limit: limit + 1, devices: [number_id] })
      })
    )
    const page = events.slice(0, limit)
    const next = events.length > limit ? `"${page.at(-1)?.position}"` : "null"
    return reply
      .header("content-type", "application/json; charset=utf-8")
      .send(`{"items":[${page.map(eventText).join(",")}],"next":${next}}`)
  })

  app.get<{ Params: Params }>("/devices/:id/replay", async (request) => {
    const at = pointOf(read(ReplayQuery, request.query).at)
    return run(
      Effect.gen(function* () {
        const row = yield* deviceOf(request)
        const { state, context, version, position, recordedAt } = yield* replayDevice(row.device_id, at)
        return { device: row.device_id, state, context, version, position, recordedAt: iso(recordedAt) }
      })
    )
  })
}

/** A position, or a time; without one, now. */
const pointOf = (given: string | undefined) => {
  if (given === undefined) return {}
  if (/^\d{1,15}$/.test(given)) return { position: Number(given) }
  const time = ISO_TIME.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(time)) throw new InvalidRequest({ field: "at", reason: "must be a position or an ISO 8601 time" })
  return { time }
}
