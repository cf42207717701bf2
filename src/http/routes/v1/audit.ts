/** /v1/audit/verify and /v1/devices/:id/verify: verify that recorded events were not changed. */
import { Effect, Schema } from "effect"
import { signHead, verifyDevice, verifyRange } from "../../../application/audit.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { DeviceParams, Position } from "./fields.ts"

const tag = "Audit"

const SignedHeadModel = Schema.Struct({
  format: Schema.Literal("bitacora-head-1"),
  position: Schema.Int,
  hash: Schema.String,
  recordedAt: Schema.Int.annotate({ description: "When the event there was recorded." }),
  signedAt: Schema.Int,
  publicKey: Schema.String.annotate({ description: "The 32 bytes of the Ed25519 public key, in base64." }),
  signature: Schema.String
}).annotate({ identifier: "SignedHead" })

const Verdict = Schema.Union([
  Schema.Struct({
    valid: Schema.Literal(true),
    from: Schema.Int,
    to: Schema.Int,
    head: Schema.Struct({ position: Schema.Int, hash: Schema.String }),
    complete: Schema.Boolean.annotate({
      description: "False when the time limit ended the verification early. Continue with `from` = `to` + 1."
    })
  }),
  Schema.Struct({
    valid: Schema.Literal(false),
    position: Schema.Int,
    reason: Schema.Literals(["changed", "removed", "inserted", "reordered"])
  })
]).annotate({ identifier: "Verdict" })

/** The verdict also names the heads of the device's streams. */
const DeviceVerdict = Schema.Record(Schema.String, Schema.Unknown)

export const auditRoutes: readonly Route[] = [
  route({
    id: "verifyLog",
    method: "GET",
    path: "/v1/audit/verify",
    tag,
    summary: "Verify both hash chains of the log",
    description:
      "Takes at most 20 s; after that the response tells how far the verification came. The command `bitacora audit verify` has no time limit.",
    access: { for: "operator", scope: "audit", allDevices: true },
    query: Schema.Struct({ from: Schema.optionalKey(Position), to: Schema.optionalKey(Position) }),
    answers: { 200: json("The verdict.", Verdict) },
    failures: ["EmptyRange", "VerificationRunning", "HistoryTrimmed"],
    examples: [{ status: 200 }],
    handle: ({ principal, query }) => Effect.map(verifyRange(principal, query), (verdict) => answer(200, verdict))
  }),
  route({
    id: "getSignedHead",
    method: "GET",
    path: "/v1/audit/head",
    tag,
    summary: "Get the end of the log, signed",
    description:
      "Keep it where no person with write access to the store can reach it. `bitacora audit verify --against` shows later whether the end of the log was cut off, or its history rewritten.",
    access: { for: "operator", scope: "audit", allDevices: true },
    answers: { 200: json("The signed head. Times are epoch milliseconds, as they are signed.", SignedHeadModel) },
    examples: [{ status: 200 }],
    handle: () => Effect.map(signHead, (head) => answer(200, head))
  }),
  route({
    id: "verifyDevice",
    method: "GET",
    path: "/v1/devices/:id/verify",
    tag,
    summary: "Verify the streams of one device",
    description: "Needs no events of other devices, so users can verify their own devices.",
    access: { for: "principal", scope: "audit" },
    params: DeviceParams,
    answers: { 200: json("The verdict.", DeviceVerdict) },
    failures: ["DeviceNotFound", "VerificationRunning"],
    examples: [{ params: { id: EXAMPLE.number }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(verifyDevice(principal, params.id), (verdict) => answer(200, { ...verdict }))
  })
]
