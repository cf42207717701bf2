/** /v1/session: the login of a browser, whose token stays in a cookie; and /v1/registration, an account of one's own. */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { logIn, operatorLogin, registerOpenly } from "../../../application/accounts.ts"
import { originOf, operator, type Principal } from "../../../application/principal.ts"
import { PASSWORD_LENGTH } from "../../../application/password.ts"
import { ownToken, principalOf, revokeToken } from "../../../application/tokens.ts"
import { Scope } from "../../../events/access.ts"
import { SandboxControl } from "../../../outbound/sandbox-control.ts"
import { authenticateKey, guardLogin, TokenInvalid } from "../../authenticate.ts"
import { answer, json, nothing, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { InvalidRequest } from "../../input.ts"
import { loginCookie, loginToken, noLoginCookie, refuseForeignPage } from "../../login-cookie.ts"
import { PhoneNumber } from "./fields.ts"
import { iso, UserModel, userModel } from "./models.ts"

const tag = "Tokens and users"
/** A browser keeps a login so long. The operator's key allows more, and its login ends earlier. */
const USER_MS = 7 * 86_400_000
const OPERATOR_MS = 12 * 3_600_000

const SessionModel = Schema.Struct({
  kind: Schema.Literals(["user", "operator"]),
  number: Schema.NullOr(Schema.String).annotate({
    description: "The telephone number of the account. Null for the operator."
  }),
  tokenId: Schema.NullOr(Schema.String).annotate({
    description: "The credential's id among `/v1/tokens`. Null for the operator's key."
  }),
  scopes: Schema.Array(Scope),
  devices: Schema.NullOr(Schema.Array(Schema.String)).annotate({
    description: "The devices that the credential reaches. Null for all devices of its owner."
  }),
  expiresAt: Schema.NullOr(Schema.String).annotate({ description: "ISO 8601, or null." }),
  sandbox: Schema.Boolean.annotate({
    description: "The gateway runs on a simulated network, and `/v1/sandbox` has the phones of your devices."
  })
}).annotate({ identifier: "Session" })

const sessionModel = (principal: Principal) =>
  Effect.gen(function* () {
    const token = yield* ownToken(principal)
    const { isOn } = yield* SandboxControl
    const session: typeof SessionModel.Encoded = {
      kind: principal.kind,
      number: principal.kind === "user" ? principal.account.number : null,
      tokenId: principal.tokenId,
      scopes: principal.scopes,
      devices: principal.devices,
      expiresAt: iso(token?.expiresAt),
      sandbox: isOn
    }
    return session
  })

const Credentials = Schema.Struct({
  number: Schema.optionalKey(PhoneNumber),
  password: Schema.optionalKey(Schema.String),
  key: Schema.optionalKey(Schema.String.annotate({ description: "The operator's key, in place of both." }))
})

export const loginRoutes: readonly Route[] = [
  route({
    id: "getSession",
    method: "GET",
    path: "/v1/session",
    tag,
    summary: "Get who you are, and what your credential allows",
    access: { for: "principal", scope: "read" },
    answers: { 200: json("The credential of this request.", SessionModel) },
    examples: [{ status: 200 }],
    handle: ({ principal }) => Effect.map(sessionModel(principal), (session) => answer(200, session))
  }),
  route({
    id: "beginSession",
    method: "POST",
    path: "/v1/session",
    tag,
    summary: "Log a browser in",
    description:
      "Takes an account's number and password, or the operator's key. The response sets a cookie that scripts cannot read. It counts only for requests of this gateway's own pages, and ends after 7 days; the operator's after 12 hours.",
    access: { for: "anyone" },
    body: Credentials,
    answers: { 201: json("Who is logged in. `Set-Cookie` has the login.", SessionModel) },
    failures: ["ForeignPage", "InvalidCredentials", "TooManyLogins"],
    examples: [{ body: { number: EXAMPLE.number, password: EXAMPLE.password }, status: 201 }],
    keyScope: ({ number = "operator" }) => `session:${number}`,
    handle: ({ body: { number, password, key: operatorKey }, origin, raw, key }) =>
      Effect.gen(function* () {
        yield* refuseForeignPage(raw)
        if (operatorKey !== undefined) {
          yield* authenticateKey(raw, operatorKey)
          const secret = yield* operatorLogin(originOf(raw.id, operator), key, OPERATOR_MS)
          return yield* begun(raw, secret, OPERATOR_MS)
        }
        if (number === undefined || password === undefined) {
          const field = number === undefined ? "number" : "password"
          return yield* new InvalidRequest({ field, reason: "is required, or else key" })
        }
        const secret = yield* guardLogin(raw, number, logIn(number, password, origin, key, USER_MS))
        return yield* begun(raw, secret, USER_MS)
      })
  }),
  route({
    id: "endSession",
    method: "DELETE",
    path: "/v1/session",
    tag,
    summary: "Log a browser out",
    description: "Revokes the token in the cookie, and deletes the cookie. Other tokens are not affected.",
    access: { for: "principal", scope: "manage" },
    answers: { 204: nothing("The browser is logged out.") },
    failures: ["TokenNotFound"],
    examples: [{ status: 204 }],
    handle: ({ origin, raw }) =>
      Effect.gen(function* () {
        const token = loginToken(raw)
        const login = token === undefined ? undefined : yield* principalOf(token)
        if (login?.tokenId) yield* revokeToken(login, login.tokenId, origin)
        return answer(204, undefined, { "set-cookie": noLoginCookie(raw) })
      })
  }),
  route({
    id: "register",
    method: "POST",
    path: "/v1/registration",
    tag,
    summary: "Register an account",
    description: "While registration is open. Log in with it, or get a token, afterwards.",
    access: { for: "anyone" },
    body: Schema.Struct({
      number: PhoneNumber,
      password: Schema.String.annotate({
        description: `${PASSWORD_LENGTH.min} to ${PASSWORD_LENGTH.max} characters.`
      })
    }),
    answers: { 201: json("The account.", UserModel) },
    failures: ["AccountExists", "PasswordUnfit", "RegistrationClosed", "TooManyLogins"],
    examples: [{ body: { number: "51944444444", password: EXAMPLE.password }, status: 201 }],
    keyScope: ({ number }) => `registration:${number}`,
    handle: ({ body: { number, password }, origin, raw, key }) =>
      Effect.map(guardLogin(raw, number, registerOpenly(number, password, origin, key)), (account) =>
        answer(201, userModel(account))
      )
  })
]

const begun = (request: FastifyRequest, secret: string, forMs: number) =>
  Effect.gen(function* () {
    const principal = yield* principalOf(secret)
    // A repeat with an Idempotency-Key gets the login that it made, which may have ended since.
    if (principal === undefined) return yield* new TokenInvalid()
    return answer(201, yield* sessionModel(principal), { "set-cookie": loginCookie(request, secret, forMs) })
  })
