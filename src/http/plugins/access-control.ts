/**
 * Asks for the credential that a route declares, before the request's body is read. Keeps SEC-1.
 *
 * Runs after the limit of requests, so that a flood of wrong tokens costs no look-ups. There is no route without a declaration:
 * nothing is open by mistake.
 */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Principal } from "../../application/principal.ts"
import { Tickets } from "../../application/tickets.ts"
import {
  authenticate,
  authenticateKey,
  authenticateToken,
  OperatorOnly,
  ScopeMissing,
  TokenInvalid
} from "../authenticate.ts"
import type { Access } from "../declaration.ts"
import type { HttpContext } from "../context.ts"
import { selectByBody } from "../selector.ts"

/** For an app that has no routes yet: the start fails where one is added without a declaration. */
export const refuseUndeclared = (app: FastifyInstance): void => {
  app.addHook("onRoute", ({ method, url, config }) => {
    // What browsers ask before they send a request to another origin.
    const isPreflight = method === "OPTIONS"
    if (!isPreflight && config?.declared === undefined) throw new Error(`${String(method)} ${url} is not declared`)
  })
}

export const controlAccess = (app: FastifyInstance, context: HttpContext): void => {
  const admit = async (request: FastifyRequest): Promise<void> => {
    if (request.declared === undefined) throw new Error(`${request.url} has no declared route`)
    const { access } = request.declared.route
    if (access.for !== "anyone") request.principal = await context.run(admitted(request, access))
  }
  app.addHook("preParsing", async (request) => {
    if (!isUndecided(request)) return admit(request)
    // The body decides who answers, and is read only for a client that has a right credential.
    request.declared = request.routeOptions.config.declared?.[0]
    const either = authenticateKey(request).pipe(Effect.catch(() => authenticateToken(request)))
    await context.run(either)
    request.declared = undefined
    return undefined
  })
  app.addHook("preValidation", async (request) => {
    if (!isUndecided(request)) return
    request.declared = selectByBody(request, request.routeOptions.config.declared ?? [])
    await admit(request)
  })
}

/** The request carries the credentials of two dialects that share its path. */
const isUndecided = ({ declared, routeOptions }: FastifyRequest): boolean =>
  declared === undefined && routeOptions.config.declared !== undefined

type Guarded = Exclude<Access, { for: "anyone" }>

const admitted = (request: FastifyRequest, access: Guarded) =>
  Effect.gen(function* () {
    const ticket = access.ticket === true ? (request.query as { ticket?: unknown }).ticket : undefined
    const principal =
      typeof ticket === "string"
        ? yield* Effect.flatMap(Tickets, (tickets) => tickets.redeem(ticket))
        : yield* credentialFor(access, request)
    yield* permitted(principal, access)
    return principal
  })

/** Routes of users take tokens only; those of the operator in other dialects take the key as well. */
const credentialFor = (access: Guarded, request: FastifyRequest) =>
  access.for === "user" ? authenticateToken(request) : authenticate(request)

const permitted = (principal: Principal, access: Guarded) =>
  Effect.suspend((): Effect.Effect<void, OperatorOnly | ScopeMissing | TokenInvalid> => {
    // To a dialect of users, the operator's tokens are no tokens.
    if (access.for === "user" && principal.kind !== "user") return new TokenInvalid()
    if (access.for === "operator" && principal.kind !== "operator") return new OperatorOnly()
    return principal.scopes.includes(access.scope) ? Effect.void : new ScopeMissing({ scope: access.scope })
  })
