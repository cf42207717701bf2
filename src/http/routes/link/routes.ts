/**
 * The page of a hosted link, and what it asks for. None of these routes needs an account: the ticket in the path opens the link once, and
 * then the session in the cookie says who may use it (application/hosted-links.ts).
 */
import { Clock, Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import {
  handOver,
  hostedAnswer,
  hostedCode,
  hostedConfirmation,
  type HostedView,
  openHosted,
  type Visit,
  viewHosted
} from "../../../application/hosted-pairing.ts"
import { PasskeyAssertion } from "../../../whatsapp/passkey.ts"
import { answer, bytes, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { NoFields, PhoneNumber } from "../v1/fields.ts"
import { iso } from "../v1/models.ts"
import { assertionExample, stepFailures } from "../v1/pairing.ts"
import { CodeModel, codeModel, imageOf, PasskeyModel, passkeyModel } from "../v1/pairing-models.ts"
import { linkPage } from "./page.ts"
import { sessionCookie, sessionOf } from "./session-cookie.ts"

const tag = "Hosted link"
const access = { for: "anyone" } as const
const params = { ticket: EXAMPLE.linkTicket }
const headers = { cookie: `link=${EXAMPLE.linkSession}` }

const LinkParams = Schema.Struct({
  ticket: Schema.String.check(Schema.isPattern(/^[\w-]{20,100}$/)).annotate({ description: "As the link has it." })
})

/** What the page shows. Nothing in it is about anything but this link. */
const LinkModel = Schema.Struct({
  state: Schema.String,
  isDone: Schema.Boolean.annotate({ description: "The device is linked; the link does nothing more." }),
  userAction: Schema.NullOr(Schema.String),
  reason: Schema.NullOr(Schema.String),
  name: Schema.NullOr(Schema.String).annotate({ description: "What the device is called here." }),
  number: Schema.NullOr(Schema.String).annotate({ description: "The telephone number that is expected." }),
  qr: Schema.NullOr(Schema.Struct({ image: Schema.String, expiresAt: Schema.NullOr(Schema.String) })),
  code: Schema.NullOr(CodeModel),
  passkey: Schema.NullOr(PasskeyModel),
  now: Schema.NullOr(Schema.String).annotate({ description: "The gateway's clock." }),
  endsAt: Schema.NullOr(Schema.String)
}).annotate({ identifier: "HostedLink" })

const linkModel = ({ device, qr, code, passkey, endsAt, isDone }: HostedView) =>
  Effect.gen(function* () {
    const { state, userAction, reason, name, number } = device
    const now = yield* Clock.currentTimeMillis
    const model: typeof LinkModel.Encoded = {
      state,
      isDone,
      userAction,
      reason,
      name,
      number,
      qr: qr && { image: yield* imageOf(qr), expiresAt: iso(qr.expiresAt) },
      code: code && codeModel(code),
      passkey: passkey && passkeyModel(passkey),
      now: iso(now),
      endsAt: iso(endsAt)
    }
    return model
  })

const visitOf = (ticket: string, raw: FastifyRequest): Visit => ({ ticket, session: sessionOf(raw) })

const failures = ["LinkInvalid", "DeviceNotFound", "CommandRefused", "DeviceBusy"] as const

export const linkRoutes: readonly Route[] = [
  route({
    id: "linkPage",
    method: "GET",
    path: "/link/:ticket",
    tag,
    summary: "The page for the owner of the phone",
    description: "The same for every ticket: what the link is good for, the page asks.",
    access,
    params: LinkParams,
    answers: { 200: bytes("The page.", "text/html") },
    examples: [{ params, status: 200 }],
    handle: () =>
      Effect.sync(() => {
        const { html, headers: pageHeaders } = linkPage()
        return answer(200, html, pageHeaders)
      })
  }),
  route({
    id: "openLink",
    method: "POST",
    path: "/link/:ticket/open",
    tag,
    summary: "Open the link",
    description: "The first browser gets the session in a cookie. A device that is at rest is connected.",
    access,
    params: LinkParams,
    body: NoFields,
    answers: { 200: json("What is to be done.", LinkModel) },
    failures,
    examples: [{ params, headers, body: {}, status: 200 }],
    handle: ({ params: { ticket }, origin, raw }) =>
      Effect.gen(function* () {
        const { session, view } = yield* openHosted(visitOf(ticket, raw), origin)
        const forMs = view.endsAt - (yield* Clock.currentTimeMillis)
        return answer(200, yield* linkModel(view), { "set-cookie": sessionCookie(raw, ticket, session, forMs) })
      })
  }),
  route({
    id: "viewLink",
    method: "GET",
    path: "/link/:ticket/state",
    tag,
    summary: "What is to be done now",
    access,
    params: LinkParams,
    answers: { 200: json("What is to be done.", LinkModel) },
    failures: ["LinkInvalid", "DeviceNotFound"],
    examples: [{ params, headers, status: 200 }],
    handle: ({ params: { ticket }, raw }) =>
      Effect.gen(function* () {
        const view = yield* viewHosted(visitOf(ticket, raw))
        return answer(200, yield* linkModel(view))
      })
  }),
  route({
    id: "linkByCode",
    method: "POST",
    path: "/link/:ticket/code",
    tag,
    summary: "Get a code to type into the phone",
    access,
    params: LinkParams,
    body: Schema.Struct({ number: PhoneNumber }),
    answers: { 201: json("The code.", CodeModel) },
    failures: [...failures, "OtherNumber", "TooManyCodes", "CodeExpired", "CodeRefused", "NoAnswer", "NotConnected"],
    examples: [{ params, headers, body: { number: EXAMPLE.hostedNumber }, status: 201 }],
    handle: ({ params: { ticket }, body, origin, raw }) =>
      Effect.map(hostedCode(visitOf(ticket, raw), body.number, origin), (code) => answer(201, codeModel(code)))
  }),
  route({
    id: "linkPasskey",
    method: "POST",
    path: "/link/:ticket/passkey",
    tag,
    summary: "Give the passkey's signature",
    access,
    params: LinkParams,
    body: PasskeyAssertion,
    answers: { 204: nothing("WhatsApp has taken it; the phone goes on.") },
    failures: [...stepFailures, "LinkInvalid", "AssertionUnfit"],
    examples: [{ params, headers, body: assertionExample, status: 409 }],
    handle: ({ params: { ticket }, body, origin, raw }) =>
      Effect.as(hostedAnswer(visitOf(ticket, raw), body, origin), answer(204))
  }),
  route({
    id: "linkConfirmation",
    method: "POST",
    path: "/link/:ticket/passkey/confirm",
    tag,
    summary: "Say whether the phone shows the same code",
    access,
    params: LinkParams,
    body: Schema.Struct({ matches: Schema.Boolean }),
    answers: { 204: nothing("The phone signs next, or the link begins again.") },
    failures: [...stepFailures, "LinkInvalid"],
    examples: [{ params, headers, body: { matches: true }, status: 409 }],
    handle: ({ params: { ticket }, body, origin, raw }) =>
      Effect.as(hostedConfirmation(visitOf(ticket, raw), body.matches, origin), answer(204))
  }),
  route({
    id: "handOverLink",
    method: "POST",
    path: "/link/:ticket/hand-over",
    tag,
    summary: "Go on in another browser",
    description: "The session ends, and the link can be opened once more: a passkey needs a computer.",
    access,
    params: LinkParams,
    body: NoFields,
    answers: { 204: nothing("It can be opened.") },
    failures: ["LinkInvalid"],
    examples: [{ params, headers, body: {}, status: 204 }],
    handle: ({ params: { ticket }, raw }) => Effect.as(handOver(visitOf(ticket, raw)), answer(204))
  })
]
