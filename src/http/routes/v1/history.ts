/** /v1/devices/:id/events and /replay: what was recorded of a device, and what it was at any point. */
import { Effect, Schema } from "effect"
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify"
import { replayDevice } from "../../../actors/device/replay.ts"
import { isoTime } from "../../../events/iso-time.ts"
import type { DeviceRow } from "../../../store/devices.ts"
import { readableAfter } from "../../../store/log/log-start.ts"
import { authenticate } from "../../access/authentication.ts"
import { Shares } from "../../access/shares.ts"
import { deviceByReference } from "../../device-access.ts"
import { readPage } from "../../event-page.ts"
import { type HttpContext, whoIs } from "../../runtime.ts"
import { After, InvalidRequest, limitUpTo, read } from "./input.ts"
import { eventText, iso, transitionBody } from "./representations.ts"

const PAGE_MAX = 1_000
const PAGE_DEFAULT = 100

const EventsQuery = Schema.Struct({ after: After, limit: limitUpTo(PAGE_MAX) })
const ReplayQuery = Schema.Struct({ at: Schema.optionalKey(Schema.String) })

/** Transient: one more can be read when one of them has left. */
export class TooManyReadings extends Schema.TaggedError<TooManyReadings>()("TooManyReadings", { max: Schema.Int }) {
  override get message(): string {
    return `one may have ${this.max} answers of history under way`
  }
}

/** An answer lies in memory until its client has taken it, however slowly. */
const READINGS_MAX = 10

type Params = { readonly id: string }

export const historyRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  const readings = new Shares(READINGS_MAX)

  /** Reads of the device that is asked for. Counted until that is done and the answer, or its client, has left. */
  const readingOf = <A, E, R>(
    request: FastifyRequest<{ Params: Params }>,
    { raw }: FastifyReply,
    reading: (row: DeviceRow) => Effect.Effect<A, E, R>
  ) =>
    Effect.gen(function* () {
      const principal = yield* authenticate(request, authentication)
      const row = yield* deviceByReference(principal, request.params.id, { withRemoved: true })
      const giveBack = readings.take(whoIs(principal))
      if (!giveBack) return yield* new TooManyReadings({ max: READINGS_MAX })
      const left = Effect.sync(() => void (raw.destroyed ? giveBack() : raw.once("close", giveBack)))
      return yield* Effect.ensuring(reading(row), left)
    })

  app.get<{ Params: Params }>("/devices/:id/events", async (request, reply) => {
    const { after = 0, limit = PAGE_DEFAULT } = read(EventsQuery, request.query)
    const { page, hasMore } = await run(
      readingOf(request, reply, ({ number_id }) =>
        Effect.flatMap(readableAfter(after), (from) => readPage({ after: from, limit, devices: [number_id] }))
      )
    )
    const next = hasMore ? `"${page.at(-1)?.position}"` : "null"
    return reply
      .header("content-type", "application/json; charset=utf-8")
      .send(`{"items":[${page.map(eventText).join(",")}],"next":${next}}`)
  })

  app.get<{ Params: Params }>("/devices/:id/replay", async (request, reply) => {
    const at = pointOf(read(ReplayQuery, request.query).at)
    const { device, replayed } = await run(
      readingOf(request, reply, ({ device_id: device }) =>
        Effect.map(replayDevice(device, at), (replayed) => ({ device, replayed }))
      )
    )
    const { recordedAt, transitions, ...rest } = replayed
    return { device, ...rest, recordedAt: iso(recordedAt), transitions: transitions.map(transitionBody) }
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
