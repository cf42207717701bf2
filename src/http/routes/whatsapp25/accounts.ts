/** POST /api/registro and POST /api/login. */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import {
  changePassword,
  firstToken,
  InvalidCredentials,
  isRegistered,
  logIn,
  registerAccount,
  resetPassword
} from "../../../application/accounts.ts"
import type { RequestKey } from "../../../application/idempotency.ts"
import { Limits } from "../../../application/limits.ts"
import { operator, originOf } from "../../../application/principal.ts"
import type { Origin } from "../../../events/envelope.ts"
import { authenticateKey, authenticateToken, guardLogin } from "../../authenticate.ts"
import { bearerToken, operatorKeyOf } from "../../credentials.ts"
import { answer, json, type Route, route } from "../../declaration.ts"
import { EXAMPLE } from "../../example-names.ts"
import { Refusal } from "./answers.ts"
import { PhoneNumber, Text } from "./fields.ts"

const tag = "WHATSAPP25"

const Credentials = Schema.Struct({ numero: PhoneNumber, password: Text })
const Registration = Schema.Struct({
  ...Credentials.fields,
  passwordActual: Schema.optionalKey(Text).annotate({
    description: "The current password, to change it. Needs a Bearer token."
  })
})
const Token = Schema.Struct({ token: Schema.String, numero: Schema.String })

export const accountRoutes: readonly Route[] = [
  route({
    id: "registro",
    method: "POST",
    path: "/api/registro",
    tag,
    summary: "Register an account, or get a token for an existing one",
    description:
      "With the account's Bearer token and `passwordActual` it changes the password. With the operator's `X-API-Key` it sets a forgotten password.",
    access: { for: "anyone" },
    body: Registration,
    answers: { 200: json("The token, which is shown once.", Token) },
    failures: ["InvalidCredentials", "PasswordUnfit", "AccountExists", "AccountNotFound", "TooManyLogins", "Refusal"],
    examples: [{ body: { numero: "51933333333", password: EXAMPLE.password }, status: 200 }],
    keyScope: ({ numero }) => `registro:${numero}`,
    handle: ({ body, origin, raw, key }) =>
      Effect.gen(function* () {
        const { numero } = body
        const isOperator = operatorKeyOf(raw) !== undefined && (yield* authenticateKey(raw)).kind === "operator"
        const token = isOperator
          ? yield* asOperator(raw, body, origin, key)
          : (yield* mayRegister) && !(yield* isRegistered(numero))
            ? yield* register(body, origin, key)
            : yield* comeBack(raw, body, origin, key)
        return answer(200, { token, numero })
      })
  }),
  route({
    id: "login",
    method: "POST",
    path: "/api/login",
    tag,
    summary: "Log in",
    access: { for: "anyone" },
    body: Credentials,
    answers: { 200: json("The token, which is shown once.", Token) },
    failures: ["InvalidCredentials", "TooManyLogins"],
    examples: [{ body: { numero: EXAMPLE.number, password: EXAMPLE.password }, status: 200 }],
    keyScope: ({ numero }) => `login:${numero}`,
    handle: ({ body: { numero, password }, origin, raw, key }) =>
      Effect.map(guardLogin(raw, numero, logIn(numero, password, origin, key)), (token) =>
        answer(200, { token, numero })
      )
  })
]

type Given = typeof Registration.Type

const mayRegister = Effect.map(Limits, ({ isRegistrationOpen }) => isRegistrationOpen)

const register = ({ numero, password }: Given, origin: Origin, key: RequestKey | undefined) =>
  Effect.flatMap(registerAccount(numero, password, origin), (account) => firstToken(account, origin, key))

/** The operator registers accounts, even while registration is closed, and sets forgotten passwords. */
const asOperator = (request: FastifyRequest, given: Given, origin: Origin, key: RequestKey | undefined) =>
  Effect.gen(function* () {
    const { numero, password } = given
    if (!(yield* isRegistered(numero))) return yield* register(given, origin, key)
    const account = yield* resetPassword(numero, password, originOf(request.id, operator))
    return yield* firstToken(account, origin, key)
  })

/**
 * For an existing account: the owner gets a token, or changes the password with a token. While registration is closed, an unknown
 * account gets the response of a wrong password, after the same time, so that a client cannot find out which numbers have accounts.
 */
const comeBack = (request: FastifyRequest, given: Given, origin: Origin, key: RequestKey | undefined) =>
  Effect.gen(function* () {
    const { numero, password, passwordActual } = given
    const token = bearerToken(request)
    if (token === undefined || passwordActual === undefined) {
      const login = guardLogin(request, numero, logIn(numero, password, origin, key))
      const closed = Effect.fail(new Refusal(401, "Registro cerrado"))
      return yield* (yield* mayRegister) ? login : login.pipe(Effect.catchTag("InvalidCredentials", () => closed))
    }
    const user = yield* authenticateToken(request)
    if (user.kind !== "user" || user.account.number !== numero) return yield* new InvalidCredentials()
    const change = changePassword(user, passwordActual, password, originOf(request.id, user), key)
    yield* guardLogin(request, numero, change)
    return token
  })
