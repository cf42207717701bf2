/** /v1/events/export: the log as a file. The operator's. */
import { Readable } from "node:stream"
import { Effect, Schema } from "effect"
import type { FastifyInstance } from "fastify"
import { isoTime } from "../../../events/iso-time.ts"
import {
  type ExportFormat,
  exportFormats,
  exportHeader,
  exportPage,
  type ExportRange
} from "../../../store/log/event-export.ts"
import { LogReader } from "../../../store/log/log-reader.ts"
import { readableAfter } from "../../../store/log/log-start.ts"
import { positionAt } from "../../../store/log/position-at.ts"
import { authenticate, requireOperator } from "../../access/authentication.ts"
import { deviceByReference } from "../../device-access.ts"
import type { HttpContext, Run } from "../../runtime.ts"
import { After, InvalidRequest, read, typesOf } from "./input.ts"

const List = Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(2_000)))

const ExportQuery = Schema.Struct({
  format: Schema.optionalKey(Schema.Literals(exportFormats)),
  after: After,
  device: List,
  types: List,
  from: Schema.optionalKey(Schema.String),
  to: Schema.optionalKey(Schema.String)
})

const mediaTypes: Readonly<Record<ExportFormat, string>> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present"
}

export const exportRoutes = (app: FastifyInstance, { run, authentication }: HttpContext): void => {
  /** Streamed as the client takes it: a page is read when the one before has left. With HEAD nothing is read. */
  app.get("/events/export", async (request, reply) => {
    const { range, format } = await run(
      Effect.gen(function* () {
        const principal = yield* authenticate(request, authentication)
        yield* requireOperator(principal)
        const { format = "ndjson", after: asked = 0, device, from, to, ...query } = read(ExportQuery, request.query)
        const types = typesOf(query.types)
        const after = yield* readableAfter(asked)
        const { position: end } = yield* Effect.flatMap(LogReader, (log) => log.head)
        const devices = device?.split(",").map((each) => deviceByReference(principal, each, { withRemoved: true }))
        const rows = devices && (yield* Effect.all(devices))
        const since = from === undefined ? undefined : timeOf("from", from)
        const until = to === undefined ? undefined : timeOf("to", to)
        if (since !== undefined && until !== undefined && since > until) {
          throw new InvalidRequest({ field: "from", reason: "is behind `to`" })
        }
        const range: ExportRange = {
          after: Math.max(after, since === undefined ? 0 : yield* positionAt(since - 1)),
          upTo: until === undefined ? end : yield* positionAt(until),
          devices: rows?.map((row) => row.number_id),
          types
        }
        return { range, format }
      })
    )
    return reply
      .header("content-type", mediaTypes[format])
      .header("content-disposition", `attachment; filename="events.${format}"`)
      .send(
        Readable.from(request.method === "HEAD" ? [] : pages(run, range, format), {
          objectMode: true,
          highWaterMark: 1
        })
      )
  })
}

async function* pages(run: Run, range: ExportRange, format: ExportFormat) {
  const header = exportHeader(format)
  if (header !== "") yield header
  for (let after: number | null = range.after; after !== null; ) {
    const { text, next }: { text: string; next: number | null } = await run(exportPage({ ...range, after }, format))
    if (text !== "") yield text
    after = next
  }
}

const timeOf = (field: string, given: string): number => {
  const time = isoTime(given)
  if (time === undefined) throw new InvalidRequest({ field, reason: "must be an ISO 8601 time" })
  return time
}
