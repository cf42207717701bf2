/** /v1/audit/verify and /v1/devices/:id/verify: whether what was recorded was changed. */
import { Effect, Schema } from "effect"
import { verifyDevice, verifyRange } from "../../../application/audit.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams, Position } from "./fields.ts"

const tag = "Audit"

const Verdict = Schema.Union([
  Schema.Struct({
    valid: Schema.Literal(true),
    from: Schema.Int,
    to: Schema.Int,
    head: Schema.Struct({ position: Schema.Int, hash: Schema.String }),
    complete: Schema.Boolean.annotate({ description: "False when the time was over before the end." })
  }),
  Schema.Struct({
    valid: Schema.Literal(false),
    position: Schema.Int,
    reason: Schema.Literals(["changed", "removed", "inserted", "reordered"])
  })
])

/** A device's verdict names its streams' heads. */
const DeviceVerdict = Schema.Record(Schema.String, Schema.Unknown)

export const auditRoutes: readonly Route[] = [
  route({
    id: "verifyLog",
    method: "GET",
    path: "/v1/audit/verify",
    tag,
    summary: "Verify the log along both of its chains",
    description:
      "Takes at most 20 s, and then answers how far it came. The command `bitacora audit verify` has no limit.",
    access: { for: "operator", scope: "audit" },
    query: Schema.Struct({ from: Schema.optionalKey(Position), to: Schema.optionalKey(Position) }),
    answers: { 200: json("The verdict.", Verdict) },
    failures: ["EmptyRange", "VerificationRunning", "HistoryTrimmed"],
    examples: [{ status: 200 }],
    handle: ({ principal, query }) => Effect.map(verifyRange(principal, query), (verdict) => answer(200, verdict))
  }),
  route({
    id: "verifyDevice",
    method: "GET",
    path: "/v1/devices/:id/verify",
    tag,
    summary: "Verify a device's own streams",
    description: "Needs no events of other devices, so a user can verify alone.",
    access: { for: "principal", scope: "audit" },
    params: DeviceParams,
    answers: { 200: json("The verdict.", DeviceVerdict) },
    failures: ["DeviceNotFound", "VerificationRunning"],
    examples: [{ params: { id: EXAMPLE.number }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(verifyDevice(principal, params.id), (verdict) => answer(200, { ...verdict }))
  })
]
