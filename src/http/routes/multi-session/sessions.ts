/** Sessions: starts and lists them, shows the QR and the state, logs out. */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import QRCode from "qrcode"
import { type DeviceView, linkedNumber } from "../../../application/device-view.ts"
import { listSessions, orderSession, startSession, viewSession } from "../../../application/sessions.ts"
import { askFailures } from "../../ask-failures.ts"
import { answer, json, jsonOr, OtherType, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { SessionId, SessionParams } from "./fields.ts"

const tag = "Multi-Session"
const { sessionId } = EXAMPLE
const manage = { for: "operator", scope: "manage" } as const
const read = { for: "operator", scope: "read" } as const

const Time = Schema.NullOr(Schema.Int).annotate({ description: "Epoch milliseconds." })
const Success = Schema.Struct({ success: Schema.Boolean })
const Started = Schema.Struct({ success: Schema.Boolean, sessionId: Schema.String, state: Schema.String })
const Session = Schema.Struct({
  sessionId: Schema.String,
  state: Schema.String,
  ready: Schema.Boolean,
  number: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String),
  connectedAt: Time,
  disconnectedAt: Time
})

interface Form {
  readonly mediaType: string
  readonly draw: (text: string) => Promise<string | Buffer>
}

/** The forms of a QR besides JSON, by the value of `format`. */
const forms: Readonly<Record<"png" | "svg" | "text", Form>> = {
  png: { mediaType: "image/png", draw: (text) => QRCode.toBuffer(text) },
  svg: { mediaType: "image/svg+xml", draw: (text) => QRCode.toString(text, { type: "svg" }) },
  text: { mediaType: "text/plain; charset=utf-8", draw: (text) => Promise.resolve(text) }
}

export const sessionRoutes: readonly Route[] = [
  route({
    id: "startSession",
    method: "POST",
    path: "/api/start-session",
    tag,
    summary: "Add a session and connect it",
    description: "An existing session is connected if it is at rest.",
    access: manage,
    body: Schema.Struct({ sessionId: SessionId }),
    answers: { 201: json("The session was added.", Started), 200: json("The session was there before.", Started) },
    failures: [...askFailures, "TooManyDevices", "TooManyNewDevices", "DeviceExists", "DeviceSetFixed"],
    examples: [{ body: { sessionId: "sucursal-02" }, status: 201 }],
    handle: ({ principal, body: { sessionId }, origin, key }) =>
      Effect.map(startSession(principal, sessionId, origin, key), ({ device: { state }, isNew }) =>
        answer(isNew ? 201 : 200, { success: true, sessionId, state })
      )
  }),
  route({
    id: "sessionQr",
    method: "GET",
    path: "/api/qr/:sessionId",
    tag,
    summary: "Get a session's QR",
    description:
      "JSON with a PNG as data URL. `Accept: image/png` or `format=png` gives the picture itself, `format=svg` a drawing, `format=text` what the QR says.",
    access: manage,
    params: SessionParams,
    query: Schema.Struct({ format: Schema.optionalKey(Schema.Literals(["json", "png", "svg", "text"])) }),
    headers: { Accept: "`image/png`: the picture itself." },
    answers: {
      200: jsonOr(
        "The QR.",
        Schema.Struct({ success: Schema.Boolean, sessionId: Schema.String, qr: Schema.String }),
        Object.values(forms).map(({ mediaType }) => mediaType)
      )
    },
    failures: ["DeviceNotFound", "Refusal"],
    examples: [{ params: { sessionId: EXAMPLE.linkableSession }, status: 200 }],
    handle: ({ principal, params: { sessionId }, query: { format }, raw }) =>
      Effect.gen(function* () {
        const { qr, state } = yield* viewSession(principal, sessionId)
        if (qr === null) return yield* Effect.fail(new Refusal(404, "No QR code available", { state }))
        const headers = { vary: "Accept" }
        const form = format ?? acceptedForm(raw)
        if (form === "json") {
          const image = yield* Effect.promise(() => QRCode.toDataURL(qr))
          return answer(200, { success: true, sessionId, qr: image }, headers)
        }
        const { mediaType, draw } = forms[form]
        return answer(200, new OtherType(mediaType, yield* Effect.promise(() => draw(qr))), headers)
      })
  }),
  route({
    id: "sessionStatus",
    method: "GET",
    path: "/api/status/:sessionId",
    tag,
    summary: "Get a session's state",
    access: read,
    params: SessionParams,
    answers: { 200: json("The state.", Schema.Struct({ success: Schema.Boolean, ...Session.fields })) },
    failures: ["DeviceNotFound"],
    examples: [{ params: { sessionId }, status: 200 }],
    handle: ({ principal, params }) =>
      Effect.map(viewSession(principal, params.sessionId), (view) =>
        answer(200, { success: true, ...sessionModel(view) })
      )
  }),
  route({
    id: "sessions",
    method: "GET",
    path: "/api/sessions",
    tag,
    summary: "List sessions",
    access: read,
    answers: {
      200: json("The sessions.", Schema.Struct({ success: Schema.Boolean, sessions: Schema.Array(Session) }))
    },
    examples: [{ status: 200 }],
    handle: ({ principal }) =>
      Effect.map(listSessions(principal), (views) => answer(200, { success: true, sessions: views.map(sessionModel) }))
  }),
  route({
    id: "logoutSession",
    method: "POST",
    path: "/api/logout/:sessionId",
    tag,
    summary: "Log a session out at WhatsApp and delete its credentials",
    description: "The session stays, and can be started again with another QR.",
    access: manage,
    params: SessionParams,
    answers: { 200: json("The session is logged out.", Success) },
    failures: askFailures,
    examples: [{ params: { sessionId }, status: 200 }],
    handle: ({ principal, params: { sessionId }, origin, key }) =>
      Effect.as(orderSession(principal, sessionId, { type: "LogOut" }, origin, key), answer(200, { success: true }))
  })
]

const sessionModel = (view: DeviceView): typeof Session.Encoded => ({
  sessionId: view.sessionId ?? "",
  state: view.state,
  ready: view.isReady,
  number: linkedNumber(view),
  name: view.name,
  connectedAt: view.connectedAt,
  disconnectedAt: view.disconnectedAt
})

/** The first form that the header Accept names; JSON if it names none. */
const acceptedForm = ({ headers }: FastifyRequest): "json" | "png" | "svg" => {
  for (const accepted of (headers.accept ?? "").split(",")) {
    const [type = ""] = accepted.split(";")
    const form = accepts[type.trim().toLowerCase()]
    if (form !== undefined) return form
  }
  return "json"
}

const accepts: Readonly<Record<string, "json" | "png" | "svg">> = {
  "application/json": "json",
  "image/png": "png",
  "image/svg+xml": "svg"
}
