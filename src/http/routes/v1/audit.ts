/** /v1/audit/verify and /v1/devices/:id/verify: verify that recorded events were not changed. */
import { Effect, Schema } from "effect"
import { signHead, verifyDevice, verifyRange } from "../../../application/audit.ts"
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

const SignedHeadModel = Schema.Struct({
  format: Schema.Literal("bitacora-head-1"),
  position: Schema.Int,
  hash: Schema.String,
  recordedAt: Schema.Int.annotate({ description: "When the event at `position` was recorded; epoch milliseconds." }),
  signedAt: Schema.Int.annotate({ description: "Epoch milliseconds." }),
  publicKey: Schema.String.annotate({ description: "The 32 bytes of the Ed25519 public key, in base64." }),
  signature: Schema.String.annotate({
    description: "Over the JSON array of the fields before `publicKey`, in base64."
  })
}).annotate({ identifier: "SignedHead" })

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
    id: "signedHead",
    method: "GET",
    path: "/v1/audit/head",
    tag,
    summary: "Get where the log ends, signed with the gateway's key",
    description:
      "Keep it where nobody who can write to the database can reach it: `bitacora audit verify --against` shows with it later whether the log was cut off or rewritten before that position.",
    access: { for: "principal", scope: "audit" },
    answers: { 200: json("The head and its signature (Ed25519).", SignedHeadModel) },
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
