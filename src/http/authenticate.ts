/**
 * Finds out who sends a request: a user or the operator by a token, or the operator by the key. Keeps SEC-1.
 *
 * Says what it found; the answer is each dialect's. A right credential is never held off, however many wrong ones come from the
 * same address.
 */
import { Context, Effect, PartitionedSemaphore, Schema } from "effect"
import type { FastifyRequest } from "fastify"
import { AttemptLimiter } from "../application/attempt-limiter.ts"
import { ConcurrencyLimit } from "../application/concurrency-limit.ts"
import type { OperatorKey } from "../application/operator-key.ts"
import { operator, type Principal } from "../application/principal.ts"
import { TokenUse } from "../application/token-use.ts"
import { principalOf } from "../application/tokens.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { Tokens } from "../store/tokens.ts"
import { bearerToken, operatorKeyOf } from "./credentials.ts"
import { networkOf } from "./network-of.ts"

/** Rejection: the request carries no credential. */
export class TokenMissing extends Schema.TaggedError<TokenMissing>()("TokenMissing", {}) {
  override get message(): string {
    return "a token is needed: Authorization: Bearer <token>"
  }
}

/** Rejection: the token or key is wrong, expired or revoked. */
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

/** Rejection: the route is the operator's. */
export class OperatorOnly extends Schema.TaggedError<OperatorOnly>()("OperatorOnly", {}) {
  override get message(): string {
    return "this is for the operator: X-API-Key"
  }
}

/** Rejection: the credential does not allow this. */
export class ScopeMissing extends Schema.TaggedError<ScopeMissing>()("ScopeMissing", { scope: Schema.String }) {
  override get message(): string {
    return `this token has no scope ${this.scope}`
  }
}

export type AuthenticationFailure = TokenMissing | TokenInvalid | TooManyFailures | StoreUnavailable

/** What credentials are compared with, and failures counted by. */
export class Authentication extends Context.Service<
  Authentication,
  {
    readonly operatorKey: OperatorKey
    /** Wrong tokens and keys, by address (network-of.ts). */
    readonly wrongTokens: AttemptLimiter
    /** Wrong passwords, by address. */
    readonly wrongPasswords: AttemptLimiter
    /** The same by account, for guesses that come from many addresses. */
    readonly accountFailures: AttemptLimiter
    /** Logins in progress, by address, and whose turn it is: an address with many delays no other. */
    readonly waitingLogins: ConcurrencyLimit
    readonly turns: PartitionedSemaphore.PartitionedSemaphore<string>
  }
>()("bitacora/http/Authentication") {}

export const makeAuthentication = (
  operatorKey: OperatorKey,
  { wrongTokensMax, failedLoginsMax }: { readonly wrongTokensMax: number; readonly failedLoginsMax: number }
): Authentication["Service"] => ({
  operatorKey,
  wrongTokens: new AttemptLimiter(wrongTokensMax),
  wrongPasswords: new AttemptLimiter(failedLoginsMax),
  accountFailures: new AttemptLimiter(ADDRESSES_OF_ONE_ACCOUNT * failedLoginsMax),
  waitingLogins: new ConcurrencyLimit(WAITING_LOGINS_MAX),
  turns: PartitionedSemaphore.makeUnsafe<string>({ permits: LOGINS_AT_ONCE })
})

/** So many addresses can fail as often as one may, before nobody can log in to the account for a minute; tokens go on working. */
const ADDRESSES_OF_ONE_ACCOUNT = 5
/** Logins of one address that may wait. Each costs the memory and the time of a password hash once it has its turn. */
const WAITING_LOGINS_MAX = 32
const LOGINS_AT_ONCE = 2

declare module "fastify" {
  interface FastifyRequest {
    /** Its credential was found valid. */
    isAuthenticated?: boolean
  }
}

/** The principal of a Bearer token. */
export const authenticateToken = (
  request: FastifyRequest
): Effect.Effect<Principal, AuthenticationFailure, Authentication | Tokens | TokenUse> =>
  Effect.gen(function* () {
    const { wrongTokens } = yield* Authentication
    const token = bearerToken(request)
    if (token === undefined) return yield* new TokenMissing()
    const principal = yield* principalOf(token)
    if (principal === undefined) return yield* refuse(request, wrongTokens)
    const use = yield* TokenUse
    yield* use.note(principal.tokenId)
    request.isAuthenticated = true
    return principal
  })

/** The operator by the key; a wrong key counts like a wrong token. */
export const authenticateKey = (
  request: FastifyRequest
): Effect.Effect<Principal, TokenInvalid | TooManyFailures, Authentication> =>
  Effect.gen(function* () {
    const { operatorKey, wrongTokens } = yield* Authentication
    // A key may be short enough to be guessed: while an address is locked out, its keys are not even compared.
    yield* holdOff(wrongTokens, networkOf(request.ip))
    if (!operatorKey.isValid(operatorKeyOf(request) ?? "")) return yield* refuse(request, wrongTokens)
    request.isAuthenticated = true
    return operator
  })

/** The operator by the key, or the principal whose token this is. */
export const authenticate = (
  request: FastifyRequest
): Effect.Effect<Principal, AuthenticationFailure, Authentication | Tokens | TokenUse> =>
  operatorKeyOf(request) === undefined ? authenticateToken(request) : authenticateKey(request)

/** Fails while this key has used up its attempts. */
const holdOff = (failures: AttemptLimiter, key: string): Effect.Effect<void, TooManyFailures> =>
  Effect.suspend(() => {
    const blockedMs = failures.blockedMs(key, performance.now())
    return blockedMs > 0
      ? Effect.fail(new TooManyFailures({ retryAfterSeconds: Math.ceil(blockedMs / 1_000) }))
      : Effect.void
  })

/**
 * Logins, right ones too, have their turns by address. One whose turn has come counts as a failure of its address and of its account
 * until it has succeeded, so that many guesses at once are no more than one after the other. After too many, none is tried any more.
 */
export const guardLogin = <A, E extends { readonly _tag: string }, R>(
  request: FastifyRequest,
  account: string,
  login: Effect.Effect<A, E, R>
): Effect.Effect<A, E | TooManyFailures, R | Authentication> =>
  Effect.gen(function* () {
    const { wrongPasswords, accountFailures, waitingLogins, turns } = yield* Authentication
    const address = networkOf(request.ip)
    const giveBack = waitingLogins.take(address)
    if (!giveBack) return yield* new TooManyFailures({ retryAfterSeconds: 1 })
    const attempt = Effect.gen(function* () {
      yield* holdOff(wrongPasswords, address)
      yield* holdOff(accountFailures, account)
      wrongPasswords.count(address, performance.now())
      accountFailures.count(account, performance.now())
      const forgive = Effect.sync(() => {
        wrongPasswords.forgive(address, performance.now())
        accountFailures.forgive(account, performance.now())
      })
      return yield* login.pipe(
        Effect.tap(() => forgive),
        Effect.tapError(({ _tag }) => (_tag === "InvalidCredentials" ? Effect.void : forgive))
      )
    })
    return yield* turns
      .withPermit(address)(attempt)
      .pipe(Effect.ensuring(Effect.sync(giveBack)))
  })

const refuse = (
  request: FastifyRequest,
  failures: AttemptLimiter
): Effect.Effect<never, TokenInvalid | TooManyFailures> =>
  Effect.andThen(
    holdOff(failures, networkOf(request.ip)),
    Effect.suspend(() => {
      failures.count(networkOf(request.ip), performance.now())
      return Effect.fail(new TokenInvalid())
    })
  )
