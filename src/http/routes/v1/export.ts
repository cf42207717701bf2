/** /v1/events/export: the log as a file: all of it for the operator, their own devices for users. */
import { Readable } from "node:stream"
import { Effect, Schema } from "effect"
import { exportPiece, exportRange, type Format, formats } from "../../../application/export.ts"
import { answer, bytes, type Route, route } from "../../declaration.ts"
import type { Services } from "../../runtime.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { After, timeOf, typesOf } from "./fields.ts"

const List = Schema.optionalKey(Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(2_000)))
const Moment = Schema.optionalKey(Schema.String.annotate({ description: "ISO 8601." }))

const mediaTypes: Readonly<Record<Format, string>> = {
  ndjson: "application/x-ndjson; charset=utf-8",
  csv: "text/csv; charset=utf-8; header=present"
}

export const exportRoutes: readonly Route[] = [
  route({
    id: "exportEvents",
    method: "GET",
    path: "/v1/events/export",
    tag: "Audit",
    summary: "Export events as NDJSON or CSV",
    description:
      "Streams the events at the client's speed. A line of NDJSON holds everything that is hashed, including the salt. A user names the devices.",
    access: { for: "principal", scope: "audit" },
    query: Schema.Struct({
      format: Schema.optionalKey(Schema.Literals(formats)),
      after: After,
      device: List,
      types: List,
      from: Moment,
      to: Moment
    }),
    answers: { 200: bytes("The events.", "application/x-ndjson") },
    failures: ["DeviceNotFound", "HistoryTrimmed", "EmptyRange"],
    examples: [
      { query: { format: "ndjson", device: EXAMPLE.device, types: "device.registered" }, status: 200 },
      { name: "one device as CSV", query: { format: "csv", device: EXAMPLE.device }, status: 200 }
    ],
    isLong: true,
    handle: ({ principal, query, raw }) =>
      Effect.gen(function* () {
        const { format = "ndjson", after = 0, device, from, to } = query
        const types = yield* typesOf(query.types)
        const since = yield* timeOf("from", from)
        const until = yield* timeOf("to", to)
        const devices = device?.split(",")
        if (devices === undefined && principal.kind === "user" && principal.devices === null) {
          return yield* new InvalidRequest({ field: "device", reason: "must name devices of yours, comma-separated" })
        }
        const range = yield* exportRange(principal, { after, devices, types, from: since, to: until })
        const services = yield* Effect.context<Services>()
        const next = (at: number | null) => Effect.runPromiseWith(services)(exportPiece(range, format, at))
        // A page is read when the previous one has left. HEAD reads none.
        const pieces = raw.method === "HEAD" ? [] : piecesOf(next)
        return answer(200, Readable.from(pieces, { objectMode: true, highWaterMark: 1 }), {
          "content-type": mediaTypes[format],
          "content-disposition": `attachment; filename="events.${format}"`
        })
      })
  })
]

type Piece = { readonly text: string; readonly next: number | null }

async function* piecesOf(next: (at: number | null) => Promise<Piece>) {
  for (let at: number | null = null; ; ) {
    const piece: Piece = await next(at)
    if (piece.text !== "") yield piece.text
    if (piece.next === null) return
    at = piece.next
  }
}
