/** Access tokens: issues them at a login or under a name, lists, revokes and recognises them. Keeps SEC-1 and SEC-2. */
import { hash, randomBytes } from "node:crypto"
import { Clock, Effect, Schema } from "effect"
import { type Scope, SCOPES } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import { type DeviceId, TokenId, type UserId } from "../events/ids.ts"
import type { CommandKey } from "../store/command-log.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { newId } from "../store/new-id.ts"
import { Secrets } from "../store/secrets/secrets.ts"
import { LOGIN_SCOPES, type Token, Tokens } from "../store/tokens.ts"
import { findDevice } from "./device-access.ts"
import { once, type RequestKey } from "./idempotency.ts"
import type { Principal } from "./principal.ts"

/** Rejection: the principal has no token with this id. */
export class TokenNotFound extends Schema.TaggedError<TokenNotFound>()("TokenNotFound", { token: Schema.String }) {
  override get message(): string {
    return `there is no token ${this.token}`
  }
}

/** Rejection: a token cannot allow more than the credential that creates it. */
export class ScopeExceeded extends Schema.TaggedError<ScopeExceeded>()("ScopeExceeded", { scope: Schema.String }) {
  override get message(): string {
    return `this credential lacks the scope ${this.scope} and cannot grant it; leave it out, or create the token with a credential that has it`
  }
}

/** Rejection: the owner has the maximum number of named tokens. */
export class TooManyTokens extends Schema.TaggedError<TooManyTokens>()("TooManyTokens", { max: Schema.Int }) {
  override get message(): string {
    return `an account may have at most ${this.max} named tokens; revoke one first`
  }
}

/** Rejection: the expiry is in the past. */
export class ExpiryPast extends Schema.TaggedError<ExpiryPast>()("ExpiryPast", {}) {
  override get message(): string {
    return "must be in the future"
  }
}

/** When a login would exceed this number, the oldest login token ends. */
const LOGIN_TOKENS_MAX = 50
const NAMED_TOKENS_MAX = 100
const TOKEN_BYTES = 32

export interface NewToken {
  readonly name: string
  readonly scopes: readonly Scope[]
  /** Ids or the owner's telephone numbers; null for all devices of the owner. */
  readonly devices: readonly string[] | null
  /** Epoch milliseconds; null for a token that does not expire. */
  readonly expiresAt: number | null
}

/**
 * Issues a token for the account, or for the operator (null), and returns its secret. `forMs`: how long it is valid; for ever by default.
 * With a key, `derivedSecret` gives a repeat the same secret.
 */
export const issueLoginToken = (
  userId: UserId | null,
  { origin, key, forMs }: { readonly origin: Origin; readonly key: CommandKey | undefined; readonly forMs?: number }
): Effect.Effect<string, StoreUnavailable | DuplicateKey, Tokens | Secrets> =>
  Effect.gen(function* () {
    const tokens = yield* Tokens
    // Browsers, whose logins expire, do not end the tokens of programs.
    const isSameKind = (token: Token) => token.name === null && (token.expiresAt === null) === (forMs === undefined)
    const logins = (yield* tokens.ofOwner(userId)).filter(isSameKind)
    const scopes = userId === null ? SCOPES : LOGIN_SCOPES
    const expiresAt = forMs === undefined ? null : (yield* Clock.currentTimeMillis) + forMs
    const token = yield* describe(userId, { name: null, scopes, devices: null, expiresAt }, logins)
    const secret = yield* newSecret(token.tokenId, key)
    const surplus = logins.slice(0, Math.max(0, logins.length + 1 - LOGIN_TOKENS_MAX))
    const ended = surplus.map(({ tokenId }) => ({ tokenId, userId, reason: "limit" as const }))
    yield* tokens.issue(token, hashOf(secret), ended, origin, key)
    return secret
  })

/**
 * The secret of a token that was issued under an idempotency key. It is derived from the token's id with the master key, so a repeat
 * gets the same secret although it is not stored.
 */
export const derivedSecret = (tokenId: string): Effect.Effect<string, never, Secrets> =>
  Effect.map(Secrets, ({ mac }) => Buffer.from(mac("token", tokenId)).toString("hex"))

/** Creates a token under a name. It allows what it names, and no more than its creator. The secret is shown once. */
export const createToken = (principal: Principal, wanted: NewToken, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        const exceeded = wanted.scopes.find((scope) => !principal.scopes.includes(scope))
        if (exceeded !== undefined) return yield* new ScopeExceeded({ scope: exceeded })
        if (wanted.expiresAt !== null && wanted.expiresAt <= now) return yield* new ExpiryPast()
        const devices = yield* deviceSet(principal, wanted.devices)
        const tokens = yield* Tokens
        const userId = ownerIdOf(principal)
        const named = (yield* tokens.ofOwner(userId)).filter(({ name }) => name !== null)
        if (named.length >= NAMED_TOKENS_MAX) return yield* new TooManyTokens({ max: NAMED_TOKENS_MAX })
        const token = yield* describe(userId, { ...wanted, devices }, named)
        const secret = yield* newSecret(token.tokenId, claiming)
        yield* tokens.issue(token, hashOf(secret), [], origin, claiming)
        return { token, secret }
      }),
    again: ({ subject }) =>
      Effect.gen(function* () {
        const tokens = yield* Tokens
        const token = yield* tokens.byId(subject)
        if (token === undefined) return yield* new TokenNotFound({ token: subject })
        return { token, secret: yield* derivedSecret(subject) }
      })
  })

/** Resolves references to device ids. The principal must reach each device. */
const deviceSet = (principal: Principal, references: readonly string[] | null) =>
  Effect.gen(function* () {
    if (references === null) return principal.devices
    const found = yield* Effect.forEach(references, (reference) => findDevice(principal, reference))
    return [...new Set(found.map(({ id }): DeviceId => id))]
  })

const describe = (
  userId: UserId | null,
  wanted: Pick<Token, "name" | "scopes" | "devices" | "expiresAt">,
  siblings: readonly Token[]
): Effect.Effect<Token> =>
  Effect.map(Clock.currentTimeMillis, (now) => {
    // After the clock was set back, the newest token must still sort last.
    const issuedAt = Math.max(now, (siblings.at(-1)?.issuedAt ?? -1) + 1)
    return { tokenId: TokenId.make(newId("tok", issuedAt)), userId, ...wanted, issuedAt, lastUsedAt: null }
  })

/** Random without a key; with a key derived, so that a repeat can return it. */
const newSecret = (tokenId: TokenId, key: CommandKey | undefined): Effect.Effect<string, never, Secrets> =>
  key === undefined ? Effect.sync(() => randomBytes(TOKEN_BYTES).toString("hex")) : derivedSecret(tokenId)

const hashOf = (secret: string): Uint8Array => hash("sha256", secret, "buffer")

const ownerIdOf = (principal: Principal): UserId | null =>
  principal.kind === "operator" ? null : principal.account.userId

/** The principal's own tokens, including those of logins, oldest first. */
export const listTokens = (principal: Principal): Effect.Effect<readonly Token[], StoreUnavailable, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.ofOwner(ownerIdOf(principal)))

/** The token that authenticates the principal; undefined for the operator's key. */
export const ownToken = ({ tokenId }: Principal): Effect.Effect<Token | undefined, StoreUnavailable, Tokens> =>
  Effect.gen(function* () {
    const tokens = yield* Tokens
    return tokenId === null ? undefined : yield* tokens.byId(tokenId)
  })

/** For the operator: a user's tokens. */
export const tokensOf = (userId: UserId): Effect.Effect<readonly Token[], StoreUnavailable, Tokens> =>
  Effect.flatMap(Tokens, (tokens) => tokens.ofOwner(userId))

/** Finds one of the principal's own tokens; for the operator also a user's token. */
export const findToken = (
  principal: Principal,
  tokenId: string
): Effect.Effect<Token, TokenNotFound | StoreUnavailable, Tokens> =>
  Effect.gen(function* () {
    const tokens = yield* Tokens
    const token = yield* tokens.byId(tokenId)
    const isOwn = token?.userId === ownerIdOf(principal)
    const isVisible = token && (isOwn || (principal.kind === "operator" && principal.scopes.includes("admin")))
    return isVisible ? token : yield* new TokenNotFound({ token: tokenId })
  })

/** Ends a token. Streams that it opened end within a second. */
export const revokeToken = (principal: Principal, tokenId: string, origin: Origin) =>
  Effect.gen(function* () {
    const token = yield* findToken(principal, tokenId)
    const tokens = yield* Tokens
    yield* tokens.end({ tokenId: token.tokenId, userId: token.userId, reason: "revoked" }, origin)
  })

/** The principal of a token; undefined when no valid token has this secret. */
export const principalOf = (secret: string): Effect.Effect<Principal | undefined, StoreUnavailable, Tokens> =>
  Effect.gen(function* () {
    const tokens = yield* Tokens
    const found = yield* tokens.byHash(hashOf(secret))
    if (!found || !isCurrent(found.token, yield* Clock.currentTimeMillis)) return undefined
    const { account, token } = found
    const { tokenId, scopes, devices } = token
    return account === null
      ? { kind: "operator" as const, tokenId, scopes, devices }
      : { kind: "user" as const, account, tokenId, scopes, devices }
  })

/** Whether the principal's token is still valid. */
export const isStillValid = ({ tokenId }: Principal): Effect.Effect<boolean, StoreUnavailable, Tokens> =>
  Effect.gen(function* () {
    if (tokenId === null) return true
    const tokens = yield* Tokens
    const token = yield* tokens.byId(tokenId)
    return token !== undefined && isCurrent(token, yield* Clock.currentTimeMillis)
  })

export const isCurrent = ({ expiresAt }: Token, now: number): boolean => expiresAt === null || expiresAt > now

/** Ends expired tokens: deletes their rows and records it in the log. Returns their number. */
export const endExpiredTokens = (now: number): Effect.Effect<number, StoreUnavailable, Tokens> =>
  Effect.gen(function* () {
    const tokens = yield* Tokens
    const expired = yield* tokens.expiredBefore(now, EXPIRED_AT_ONCE)
    const origin: Origin = { who: "gateway", commandId: null, causation: null, correlation: null }
    yield* Effect.forEach(expired, ({ tokenId, userId }) => tokens.end({ tokenId, userId, reason: "expired" }, origin))
    return expired.length
  })

const EXPIRED_AT_ONCE = 1_000
