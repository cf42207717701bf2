/**
 * Who sends a request: a user by a Bearer token, or the operator by a key. Keeps SEC-1.
 *
 * Says what it found; which answer that gets is each dialect's. Addresses that try many wrong tokens get another answer.
 */
import { Effect, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import type { StoreUnavailable } from "../../store/errors.ts"
import type { Accounts } from "../../store/accounts.ts"
import { type Principal, principalOf } from "./accounts.ts"
import type { AttemptLimiter } from "./attempt-limiter.ts"
import { networkOf } from "./network-of.ts"
import type { OperatorKey } from "./operator-key.ts"

/** Rejection: the request says nothing about who sends it. */
export class TokenMissing extends Schema.TaggedError<TokenMissing>()("TokenMissing", {}) {
  override get message(): string {
    return "a token is needed: Authorization: Bearer <token>"
  }
}

/** Rejection: wrong, expired or revoked. */
export class TokenInvalid extends Schema.TaggedError<TokenInvalid>()("TokenInvalid", {}) {
  override get message(): string {
    return "the token is not valid"
  }
}

/** Rejection: too many wrong tokens or passwords from this address. */
export class TooManyFailures extends Schema.TaggedError<TooManyFailures>()("TooManyFailures", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many failed attempts; try again in ${this.retryAfterSeconds} s`
  }
}

export type AuthenticationFailure = TokenMissing | TokenInvalid | TooManyFailures | StoreUnavailable

export interface Authentication {
  readonly operatorKey: OperatorKey
  /** Wrong tokens and keys, by address (network-of.ts). */
  readonly wrongTokens: AttemptLimiter
  /** Wrong passwords, by address. */
  readonly wrongPasswords: AttemptLimiter
}

/** The request's Bearer token; undefined when it has none. */
export const bearerToken = (request: FastifyRequest): string | undefined => {
  const { authorization } = request.headers
  return authorization?.match(/^Bearer +(\S+) *$/i)?.[1]
}

/** Whether the request carries the operator's key: undefined when it carries none. */
export const operatorKeyOf = (request: FastifyRequest): string | undefined => {
  const given = request.headers["x-api-key"]
  return typeof given === "string" && given !== "" ? given : undefined
}

/** The user whose token this is. A right token is never held off, whoever else tries wrong ones from the same address. */
export const authenticateUser = (
  request: FastifyRequest,
  { wrongTokens }: Authentication
): Effect.Effect<Extract<Principal, { kind: "user" }>, AuthenticationFailure, Accounts> =>
  Effect.gen(function* () {
    const token = bearerToken(request)
    if (token === undefined) return yield* new TokenMissing()
    const principal = yield* principalOf(token)
    if (principal?.kind !== "user") return yield* refuse(request, wrongTokens)
    request.isAuthenticated = true
    return principal
  })

/** The operator by the key, or the user whose token this is. */
export const authenticate = (
  request: FastifyRequest,
  authentication: Authentication
): Effect.Effect<Principal, AuthenticationFailure, Accounts> =>
  operatorKeyOf(request) === undefined
    ? authenticateUser(request, authentication)
    : authenticateOperator(request, authentication)

/** The operator; a wrong key counts like a wrong token. */
export const authenticateOperator = (
  request: FastifyRequest,
  { operatorKey, wrongTokens }: Authentication
): Effect.Effect<Extract<Principal, { kind: "operator" }>, TokenInvalid | TooManyFailures> =>
  Effect.suspend(() => {
    if (!operatorKey.isValid(operatorKeyOf(request) ?? "")) return refuse(request, wrongTokens)
    request.isAuthenticated = true
    return Effect.succeed({ kind: "operator" as const })
  })

/** Rejection: only the operator may do this. */
export class OperatorOnly extends Schema.TaggedError<OperatorOnly>()("OperatorOnly", {}) {
  override get message(): string {
    return "this is for the operator: X-API-Key"
  }
}

export const requireOperator = (principal: Principal): Effect.Effect<void, OperatorOnly> =>
  principal.kind === "operator" ? Effect.void : new OperatorOnly()

/** Fails while the request's address has used up its attempts. */
export const holdOff = (request: FastifyRequest, failures: AttemptLimiter): Effect.Effect<void, TooManyFailures> =>
  Effect.suspend(() => {
    const blockedMs = failures.blockedMs(networkOf(request.ip), performance.now())
    return blockedMs > 0
      ? Effect.fail(new TooManyFailures({ retryAfterSeconds: Math.ceil(blockedMs / 1_000) }))
      : Effect.void
  })

const refuse = (
  request: FastifyRequest,
  failures: AttemptLimiter
): Effect.Effect<never, TokenInvalid | TooManyFailures> =>
  Effect.andThen(
    holdOff(request, failures),
    Effect.suspend(() => {
      failures.count(networkOf(request.ip), performance.now())
      return Effect.fail(new TokenInvalid())
    })
  )
