/** POST /api/registro and POST /api/login. */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import { changePassword, logIn, type Principal, registerAccount } from "../../access/accounts.ts"
import {
  authenticateOperator,
  authenticateUser,
  bearerToken,
  holdOff,
  operatorKeyOf
} from "../../access/authentication.ts"
import { networkOf } from "../../access/network-of.ts"
import { PASSWORD_LENGTH } from "../../access/password.ts"
import { type HttpContext, originOf } from "../../runtime.ts"
import { invalidCredentials, Refusal, registrationClosed } from "./answers.ts"
import { type Body, bodyOf, optionalText, requiredNumber, requiredText, validNumber } from "./body.ts"
import { Accounts } from "../../../store/accounts.ts"

export const accountRoutes = (app: FastifyInstance, context: HttpContext): void => {
  const { run, authentication } = context
  const { wrongPasswords } = authentication

  app.post("/api/login", async (request) => {
    const { numero, password } = credentials(bodyOf(request.body))
    const token = await run(guarded(request, logIn(numero, password, originOf(request, "anybody"))))
    return { token, numero }
  })

  app.post("/api/registro", async (request) => {
    const body = bodyOf(request.body)
    const { numero, password } = credentials(body)
    const isTaken = await run(Effect.flatMap(Accounts, (accounts) => accounts.byNumber(numero)))
    const token = isTaken ? await comeBack(request, body, numero, password) : await register(request, numero, password)
    return { token, numero }
  })

  /** A failed password counts against the address; too many, and none is looked at any more. */
  const guarded = <A, E extends { readonly _tag: string }, R>(request: FastifyRequest, login: Effect.Effect<A, E, R>) =>
    holdOff(request, wrongPasswords).pipe(
      Effect.andThen(login),
      Effect.tapError(({ _tag }) =>
        Effect.sync(() => {
          if (_tag === "InvalidCredentials") wrongPasswords.count(networkOf(request.ip), performance.now())
        })
      )
    )

  const register = async (request: FastifyRequest, numero: string, password: string): Promise<string> => {
    const isOperator =
      operatorKeyOf(request) !== undefined && (await run(authenticateOperator(request, authentication)))
    if (!isOperator && !context.settings.isRegistrationOpen) throw registrationClosed()
    if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max) {
      throw new Refusal(
        400,
        `La contraseña debe tener entre ${PASSWORD_LENGTH.min} y ${PASSWORD_LENGTH.max} caracteres`
      )
    }
    const token = await run(registerAccount(numero, password, originOf(request, "anybody")))
    // Somebody else registered the number in this very moment.
    if (token === undefined) throw invalidCredentials()
    return token
  }

  /** The account exists: its owner gets a new token, or with the one he has another password. */
  const comeBack = async (request: FastifyRequest, body: Body, numero: string, password: string): Promise<string> => {
    const token = bearerToken(request)
    const current = optionalText(body, "passwordActual")
    if (token === undefined || current === undefined) {
      return run(guarded(request, logIn(numero, password, originOf(request, "anybody"))))
    }
    const principal: Extract<Principal, { kind: "user" }> = await run(authenticateUser(request, authentication))
    if (principal.account.number !== numero) throw invalidCredentials()
    if (password.length < PASSWORD_LENGTH.min || password.length > PASSWORD_LENGTH.max) {
      throw new Refusal(
        400,
        `La contraseña debe tener entre ${PASSWORD_LENGTH.min} y ${PASSWORD_LENGTH.max} caracteres`
      )
    }
    await run(guarded(request, changePassword(principal, current, password, originOf(request, principal))))
    return token
  }
}

const credentials = (body: Body): { numero: string; password: string } => {
  const numero = requiredNumber(body, "numero")
  const password = requiredText(body, "password")
  return { numero: validNumber(numero), password }
}
