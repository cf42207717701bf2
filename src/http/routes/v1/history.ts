/** /v1/devices/:id/events and /replay: what was recorded of a device, and what it was at any point. */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { replayDevice } from "../../../actors/device/replay.ts"
import { isoTime } from "../../../events/iso-time.ts"
import { notTrimmed } from "../../../store/log/log-start.ts"
import { authenticate } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import { readPage } from "../../event-page.ts"
import type { HttpContext } from "../../runtime.ts"
import { After, InvalidRequest, limitUpTo, read } from "./input.ts"
import { eventText, iso, transitionBody } from "./representations.ts"

const PAGE_MAX = 1_000
const PAGE_DEFAULT = 100

const EventsQuery = Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX) })
const ReplayQuery = Schema.Struct({ at: Schema.optionalKey(Schema.String) })

type Params = { readonly id: string }

export const historyRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  const deviceOf = (request: FastifyRequest<{ Params: Params }>) =>
    Effect.flatMap(authenticate(request, authentication), (principal) =>
      deviceByReference(principal, request.params.id, { withRemoved: true })
    )

  app.get<{ Params: Params }>("/devices/:id/events", async (request, reply) => {
    const { after = 0, limit = PAGE_DEFAULT } = read(EventsQuery, request.query)
    const { page, hasMore } = await run(
      Effect.gen(function* () {
        const { number_id } = yield* deviceOf(request)
        yield* notTrimmed(after)
        return yield* readPage({ after, limit, devices: [number_id] })
      })
    )
    const next = hasMore ? `"${page.at(-1)?.position}"` : "null"
    return reply
      .header("content-type", "application/json; charset=utf-8")
      .send(`{"items":[${page.map(eventText).join(",")}],"next":${next}}`)
  })

  app.get<{ Params: Params }>("/devices/:id/replay", async (request) => {
    const at = pointOf(read(ReplayQuery, request.query).at)
    return run(
      Effect.gen(function* () {
        const row = yield* deviceOf(request)
        const { recordedAt, transitions, ...rest } = yield* replayDevice(row.device_id, at)
        return {
          device: row.device_id,
          ...rest,
          recordedAt: iso(recordedAt),
          transitions: transitions.map(transitionBody)
        }
      })
    )
  })
}

/** A position, or a time; without one, now. */
const pointOf = (given: string | undefined) => {
  if (given === undefined) return {}
  if (/^\d{1,15}$/.test(given)) return { position: Number(given) }
  const time = isoTime(given)
  if (time === undefined) throw new InvalidRequest({ field: "at", reason: "must be a position or an ISO 8601 time" })
  return { time }
}
