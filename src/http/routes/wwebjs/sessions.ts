/** `/session/…`: starts, stops, links and ends sessions. What is wrong with a session is answered with 200 here, as wwebjs-api does. */
import { Effect, Schema } from "effect"
import QRCode from "qrcode"
import { findSessionOrDevice } from "../../../application/device-access.ts"
import { viewDevice } from "../../../application/device-view.ts"
import { orderDevice } from "../../../application/devices.ts"
import { pairByCode } from "../../../application/pairing.ts"
import type { Operator } from "../../../application/principal.ts"
import { listSessions, startSession } from "../../../application/sessions.ts"
import type { Scope } from "../../../events/access.ts"
import type { Origin } from "../../../events/envelope.ts"
import { askFailures } from "../../ask-failures.ts"
import {
  type CommonFailure,
  type Example,
  json,
  jsonOr,
  type Method,
  OtherType,
  type Route
} from "../../declaration.ts"
import { answer, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import type { Services } from "../../runtime.ts"
import { Refusal } from "./answers.ts"
import { Answer } from "./call.ts"
import { PhoneNumber, SessionParams } from "./fields.ts"
import { isAtRest, statusOf, unknownSession } from "./states.ts"

const failures = [
  ...askFailures,
  "CodeRefused",
  "DeviceExists",
  "DeviceSetFixed",
  "OtherNumber",
  "Refusal",
  "SessionNameUnfit",
  "TooManyCodes",
  "TooManyDevices",
  "TooManyNewDevices"
] as const

type Failure = { readonly _tag: (typeof failures)[number] | CommonFailure }
type Told = Readonly<Record<string, Schema.Json>>

interface Asked {
  readonly principal: Operator
  readonly sessionId: string
  readonly origin: Origin
}

interface Declared {
  readonly name: string
  readonly method?: Method
  readonly summary: string
  readonly scope: Scope
  readonly headers?: Readonly<Record<string, string>>
  /** What is answered if there is no such session. */
  readonly unknown?: Told
  readonly example?: Example
  readonly run: (asked: Asked) => Effect.Effect<Told, Failure, Services>
}

const tag = "wwebjs"
const success = (message: string): Told => ({ success: true, message })
const notFound: Told = { success: false, message: "session_not_found" }

const sessionRoute = ({ name, method = "GET", summary, scope, headers, unknown, example, run }: Declared): Route =>
  route({
    id: `wwebjsSession${name[0]?.toUpperCase()}${name.slice(1)}`,
    method,
    path: `/session/${name}/:sessionId`,
    tag,
    summary,
    access: { for: "operator", scope },
    params: SessionParams,
    answers: { 200: json("What became of it: `success` tells.", Answer) },
    failures,
    examples: [{ params: { sessionId: EXAMPLE.sessionId }, status: 200, ...example }],
    handle: ({ principal, params: { sessionId }, origin }) =>
      run({ principal, sessionId, origin }).pipe(
        Effect.catchTag("DeviceNotFound", (failure) =>
          unknown === undefined ? Effect.fail(failure) : Effect.succeed(unknown)
        ),
        Effect.map((told) => answer(200, told, headers ?? {}))
      )
  })

/** Ends sessions that match, several at a time: each may have to be logged out at WhatsApp. */
const END_AT_ONCE = 8

const endRoute = (name: string, summary: string, isEnded: (isConnected: boolean) => boolean): Route =>
  route({
    id: `wwebjsSession${name[0]?.toUpperCase()}${name.slice(1)}`,
    method: "GET",
    path: `/session/${name}`,
    tag,
    summary,
    access: { for: "operator", scope: "manage" },
    answers: { 200: json("They are ended.", Answer) },
    failures,
    examples: [{ status: 200 }],
    handle: ({ principal, origin }) =>
      Effect.gen(function* () {
        const sessions = (yield* listSessions(principal)).filter(({ isReady }) => isEnded(isReady))
        const end = ({ id }: { readonly id: string }) => orderDevice(principal, id, { type: "Remove" }, origin)
        // Another request may have ended it meanwhile.
        const ended = (session: { readonly id: string }) =>
          end(session).pipe(Effect.catchTag("DeviceNotFound", () => Effect.void))
        yield* Effect.forEach(sessions, ended, { concurrency: END_AT_ONCE, discard: true })
        return answer(200, success("Flush completed successfully"))
      })
  })

const found = ({ principal, sessionId }: Asked) => findSessionOrDevice(principal, sessionId)

const order = (asked: Asked, type: "Close" | "Connect" | "Remove" | "Restart") =>
  Effect.flatMap(found(asked), ({ id }) => orderDevice(asked.principal, id, { type }, asked.origin))

const start = (asked: Asked) =>
  Effect.gen(function* () {
    const { principal, sessionId, origin } = asked
    const known = yield* Effect.flatMap(found(asked), viewDevice).pipe(
      Effect.catchTag("DeviceNotFound", () => Effect.succeed(null))
    )
    if (known === null) yield* startSession(principal, sessionId, origin)
    // A session that waits for its next try to connect is tried now.
    else if (isAtRest(known) || known.state === "RECONNECTING") yield* order(asked, "Connect")
    else return yield* Effect.fail(new Refusal(422, `Session already exists for: ${sessionId}`))
    return success("Session initiated successfully")
  })

const NO_CACHE = { "cache-control": "no-cache, private, no-store, must-revalidate", expires: "-1", pragma: "no-cache" }
const noQr: Told = { success: false, message: "qr code not ready or already scanned" }

const qrOf = (asked: Asked) => Effect.map(Effect.flatMap(found(asked), viewDevice), ({ qr }) => qr)

export const sessionRoutes: readonly Route[] = [
  route({
    id: "wwebjsSessionGetSessions",
    method: "GET",
    path: "/session/getSessions",
    tag,
    summary: "List the names of the sessions",
    access: { for: "operator", scope: "read" },
    answers: { 200: json("The names.", Answer) },
    examples: [{ status: 200 }],
    handle: ({ principal }) =>
      Effect.map(listSessions(principal), (sessions) =>
        answer(200, { success: true, result: sessions.map(({ sessionId }) => sessionId) })
      )
  }),
  sessionRoute({
    name: "start",
    summary: "Add a session if there is none of this name, and connect it",
    scope: "manage",
    example: { params: { sessionId: "sucursal-03" }, status: 200 },
    run: start
  }),
  sessionRoute({
    name: "stop",
    summary: "Close a session's connection and keep its credentials",
    scope: "manage",
    unknown: success("Session stopped successfully"),
    run: (asked) => Effect.as(order(asked, "Close"), success("Session stopped successfully"))
  }),
  sessionRoute({
    name: "status",
    summary: "Get a session's state",
    scope: "read",
    unknown: unknownSession,
    run: (asked) => Effect.map(Effect.flatMap(found(asked), viewDevice), (view) => ({ ...statusOf(view) }))
  }),
  sessionRoute({
    name: "qr",
    summary: "Get what a session's QR says",
    scope: "manage",
    headers: NO_CACHE,
    unknown: notFound,
    example: { params: { sessionId: EXAMPLE.linkableSession }, status: 200 },
    run: (asked) => Effect.map(qrOf(asked), (qr) => (qr === null ? noQr : { success: true, qr }))
  }),
  route({
    id: "wwebjsSessionQrImage",
    method: "GET",
    path: "/session/qr/:sessionId/image",
    tag,
    summary: "Get a session's QR as a picture",
    access: { for: "operator", scope: "manage" },
    params: SessionParams,
    answers: { 200: jsonOr("The picture; JSON tells why there is none.", Answer, ["image/png"]) },
    failures,
    examples: [{ params: { sessionId: EXAMPLE.linkableSession }, status: 200 }],
    handle: ({ principal, params: { sessionId }, origin }) =>
      Effect.gen(function* () {
        const qr = yield* qrOf({ principal, sessionId, origin }).pipe(
          Effect.catchTag("DeviceNotFound", () => Effect.succeed(undefined))
        )
        if (qr === undefined) return answer(200, notFound, NO_CACHE)
        if (qr === null) return answer(200, noQr, NO_CACHE)
        const image = yield* Effect.promise(() => QRCode.toBuffer(qr))
        return answer(200, new OtherType("image/png", image), NO_CACHE)
      })
  }),
  route({
    id: "wwebjsSessionRequestPairingCode",
    method: "POST",
    path: "/session/requestPairingCode/:sessionId",
    tag,
    summary: "Ask WhatsApp for a code to type into the phone",
    access: { for: "operator", scope: "manage" },
    params: SessionParams,
    body: Schema.Struct({
      phoneNumber: PhoneNumber,
      showNotification: Schema.optionalKey(
        Schema.Boolean.annotate({ description: "Accepted. The phone always shows a notification." })
      )
    }),
    answers: { 200: json("The code.", Answer) },
    failures,
    examples: [
      { params: { sessionId: EXAMPLE.linkableSession }, body: { phoneNumber: EXAMPLE.linkableNumber }, status: 200 }
    ],
    handle: ({ principal, params: { sessionId }, body: { phoneNumber }, origin, key }) =>
      Effect.gen(function* () {
        const { id } = yield* findSessionOrDevice(principal, sessionId)
        const { text } = yield* pairByCode(principal, id, phoneNumber, origin, key)
        return answer(200, { success: true, result: text.replace("-", "") })
      }).pipe(Effect.catchTag("DeviceNotFound", () => Effect.succeed(answer(200, notFound))))
  }),
  sessionRoute({
    name: "restart",
    summary: "Connect a session anew with the same credentials",
    scope: "manage",
    unknown: unknownSession,
    run: (asked) => Effect.as(order(asked, "Restart"), success("Restarted successfully"))
  }),
  sessionRoute({
    name: "terminate",
    summary: "Log a session out at WhatsApp and delete it",
    scope: "manage",
    unknown: unknownSession,
    example: { params: { sessionId: "sucursal-03" }, status: 200 },
    run: (asked) => Effect.as(order(asked, "Remove"), success("Logged out successfully"))
  }),
  endRoute("terminateInactive", "Delete all sessions that are not connected", (isConnected) => !isConnected),
  endRoute("terminateAll", "Log all sessions out and delete them", () => true),
  sessionRoute({
    name: "getPageScreenshot",
    summary: "There is no page to take a picture of",
    scope: "read",
    unknown: notFound,
    run: (asked) => Effect.as(found(asked), { success: false, message: "page_not_ready" })
  })
]
