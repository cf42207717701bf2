/**
 * Checks the credential that a route declares before the request's body is read. Keeps SEC-1.
 *
 * Runs after the rate limit, so that a flood of wrong tokens causes no look-ups. A route without a declaration cannot be added, so no
 * route is open by mistake.
 */
import { Effect } from "effect"
import type { FastifyInstance, FastifyRequest } from "fastify"
import type { Principal } from "../../application/principal.ts"
import { Tickets } from "../../application/tickets.ts"
import {
  authenticate,
  authenticateKey,
  authenticateToken,
  DeviceSetLimited,
  OperatorOnly,
  ScopeMissing,
  TokenInvalid
} from "../authenticate.ts"
import { operatorKeyOf } from "../credentials.ts"
import type { Access } from "../declaration.ts"
import type { HttpContext } from "../context.ts"
import { selectByBody } from "../selector.ts"

/** Call it before any route is added: the start then fails for a route without a declaration. */
export const refuseUndeclared = (app: FastifyInstance): void => {
  app.addHook("onRoute", ({ method, url, config }) => {
    // Browsers send OPTIONS before a request to another origin.
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
    // The body decides between the dialects. It is read only for a client with a valid credential.
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

/** Two dialects share the path, and the request has the credentials of both. */
const isUndecided = ({ declared, routeOptions }: FastifyRequest): boolean =>
  declared === undefined && routeOptions.config.declared !== undefined

type Guarded = Exclude<Access, { for: "anyone" }>

const admitted = (request: FastifyRequest, access: Guarded) =>
  Effect.gen(function* () {
    const { ticket, key } = inQuery(request, access)
    const principal = yield* ticket !== undefined
      ? Effect.flatMap(Tickets, (tickets) => tickets.redeem(ticket))
      : key !== undefined
        ? authenticateKey(request, key)
        : credentialFor(access, request)
    yield* permitted(principal, access)
    return principal
  })

/** The credentials that the route accepts in the query. A key in the header takes precedence. */
const inQuery = (request: FastifyRequest, { ticket, keyInQuery }: Guarded) => {
  const query = request.query as Readonly<Record<string, unknown>>
  const textAt = (name: string) => (typeof query[name] === "string" && query[name] !== "" ? query[name] : undefined)
  return {
    ticket: ticket === true ? textAt("ticket") : undefined,
    key: keyInQuery === undefined || operatorKeyOf(request) !== undefined ? undefined : textAt(keyInQuery)
  }
}

/** Users' routes accept tokens only. Other routes accept the operator's key as well. */
const credentialFor = (access: Guarded, request: FastifyRequest) =>
  access.for === "user" ? authenticateToken(request) : authenticate(request)

/** Fails when the principal may not do what needs this access. */
export const permitted = (principal: Principal, access: Guarded) =>
  Effect.suspend((): Effect.Effect<void, DeviceSetLimited | OperatorOnly | ScopeMissing | TokenInvalid> => {
    // In a dialect of users, a token of the operator is not a valid token.
    if (access.for === "user" && principal.kind !== "user") return new TokenInvalid()
    if (access.for === "operator" && principal.kind !== "operator") return new OperatorOnly()
    if (!principal.scopes.includes(access.scope)) return new ScopeMissing({ scope: access.scope })
    return access.allDevices === true && principal.devices !== null ? new DeviceSetLimited() : Effect.void
  })
