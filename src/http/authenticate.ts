/**
 * Authenticates a request: a user or the operator by a token, or the operator by the key. Keeps SEC-1.
 *
 * It fails with typed errors; each dialect turns them into its own response. A valid credential is always accepted, however many
 * wrong ones come from the same address.
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
import { operatorKeyOf, tokenOf } from "./credentials.ts"
import { networkOf } from "./network-of.ts"

/** Rejection: the request carries no credential. */
export class TokenMissing extends Schema.TaggedError<TokenMissing>()("TokenMissing", {}) {
  override get message(): string {
    return "this request has no token; send one in the header Authorization: Bearer <token>"
  }
}

/** Rejection: the token or the key is wrong, expired or revoked. */
export class TokenInvalid extends Schema.TaggedError<TokenInvalid>()("TokenInvalid", {}) {
  override get message(): string {
    return "the token or key is wrong, expired or revoked; log in again, or create a new token"
  }
}

/** Rejection: this address sent too many wrong tokens or passwords. */
export class TooManyFailures extends Schema.TaggedError<TooManyFailures>()("TooManyFailures", {
  retryAfterSeconds: Schema.Int
}) {
  override get message(): string {
    return `too many failed attempts from this address; try again in ${this.retryAfterSeconds} s`
  }
}

/** Rejection: only the operator may use the route. */
export class OperatorOnly extends Schema.TaggedError<OperatorOnly>()("OperatorOnly", {}) {
  override get message(): string {
    return "only the operator may do this; send the operator's key in the header X-API-Key, or a token of the operator"
  }
}

/** Rejection: the credential lacks the scope that the route needs. */
export class ScopeMissing extends Schema.TaggedError<ScopeMissing>()("ScopeMissing", { scope: Schema.String }) {
  override get message(): string {
    return `this token lacks the scope ${this.scope}; use a token that has it`
  }
}

/** Rejection: the token is limited to certain devices, and this concerns more than those. */
export class DeviceSetLimited extends Schema.TaggedError<DeviceSetLimited>()("DeviceSetLimited", {}) {
  override get message(): string {
    return "this token is limited to certain devices; use one that reaches all of them"
  }
}

export type AuthenticationFailure = TokenMissing | TokenInvalid | TooManyFailures | StoreUnavailable

/** What credentials are checked against, and the counters of failures. */
export class Authentication extends Context.Service<
  Authentication,
  {
    readonly operatorKey: OperatorKey
    /** Counts wrong tokens and keys by client network (network-of.ts). */
    readonly wrongTokens: AttemptLimiter
    /** Counts wrong passwords in the same way. */
    readonly wrongPasswords: AttemptLimiter
    /** The same by account, against guesses from many addresses. */
    readonly accountFailures: AttemptLimiter
    /** Logins in progress by address, and their turns: an address with many logins delays no other address. */
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

/** After this many addresses' worth of failures, no client can log in to the account for a minute; its tokens still work. */
const ADDRESSES_OF_ONE_ACCOUNT = 5
/** Logins of one address that may wait. Each costs the memory and the time of a password hash in its turn. */
const WAITING_LOGINS_MAX = 32
const LOGINS_AT_ONCE = 2

declare module "fastify" {
  interface FastifyRequest {
    /** The request's credential is valid. */
    isAuthenticated?: boolean
  }
}

/** The principal of a token: of the Bearer token, of the login in the cookie, or of one that came with the request in another way. */
export const authenticateToken = (
  request: FastifyRequest,
  token = tokenOf(request)
): Effect.Effect<Principal, AuthenticationFailure, Authentication | Tokens | TokenUse> =>
  Effect.gen(function* () {
    const { wrongTokens } = yield* Authentication
    if (token === undefined) return yield* new TokenMissing()
    const principal = yield* principalOf(token)
    if (principal === undefined) return yield* refuse(request, wrongTokens)
    const use = yield* TokenUse
    yield* use.note(principal.tokenId)
    request.isAuthenticated = true
    return principal
  })

/** Authenticates the operator by the key in the header, or by one that came in another way. A wrong key counts like a wrong token. */
export const authenticateKey = (
  request: FastifyRequest,
  key = operatorKeyOf(request)
): Effect.Effect<Principal, TokenInvalid | TooManyFailures, Authentication> =>
  Effect.gen(function* () {
    const { operatorKey, wrongTokens } = yield* Authentication
    // An operator's key may be short enough to guess: while an address is locked out, its keys are not compared.
    yield* holdOff(wrongTokens, networkOf(request.ip))
    if (!operatorKey.isValid(key ?? "")) return yield* refuse(request, wrongTokens)
    request.isAuthenticated = true
    return operator
  })

/** Authenticates by the operator's key if the request has one, else by the token. */
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
 * Runs logins in turns by address. A login that runs counts as a failure of its address and of its account until it has succeeded, so
 * concurrent guesses gain nothing over consecutive ones. After too many failures no login is tried.
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
