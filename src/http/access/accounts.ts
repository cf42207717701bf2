/**
 * Accounts and access tokens: what all dialects do to register, log in and tell who asks. Keeps SEC-2.
 *
 * A token is 256 random bits, shown once; the store has its SHA-256. Each thing that happens is an event of the account's
 * stream, committed together with the row that it is about.
 */
import { hash, randomBytes } from "node:crypto"
import { Clock, Effect, Schema, Semaphore } from "effect"
import type { AccessEvent } from "../../events/access.ts"
import type { Origin } from "../../events/envelope.ts"
import { TokenId, UserId } from "../../events/ids.ts"
import {
  type AccountRow,
  Accounts,
  deleteToken,
  insertAccount,
  insertToken,
  setPasswordHash
} from "../../store/accounts.ts"
import type { Statement } from "../../store/dialect/dialect.ts"
import { answerInTime } from "../../store/answer-in-time.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import { EventLog } from "../../store/log/event-log.ts"
import { newId } from "../../store/new-id.ts"
import { hashPassword, type TooManyLogins, verifyPassword } from "./password.ts"

/** Who asks. */
export type Principal =
  | { readonly kind: "user"; readonly account: AccountRow; readonly tokenId: TokenId }
  | { readonly kind: "operator" }

/** Rejection: no such account, or another password; which of the two is not said. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {
  override get message(): string {
    return "unknown account or wrong password"
  }
}

type Failure = InvalidCredentials | TooManyLogins | StoreUnavailable

/** The oldest goes when there is one more. */
const TOKENS_MAX = 50
const TOKEN_BYTES = 32

/**
 * Tokens and passwords change one at a time, each against the account as it stands then: no token outlives the password that it
 * was given for, and nobody gets one too many.
 */
const oneAtATime = Semaphore.makeUnsafe(1)

const userStream = (userId: string): string => `user/${userId}`

/** Makes an account and answers its first token; undefined when there is an account with this number. */
export const registerAccount = (number: string, password: string, origin: Origin) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const password_hash = yield* hashPassword(password)
    const now = yield* Clock.currentTimeMillis
    const userId = UserId.make(newId("usr", now))
    const userNumber = yield* log.nextNumber("user")
    const registered: AccessEvent = { type: "user.registered", data: { userId, userNumber, number } }
    const row = { number_id: userNumber, user_id: userId, number, password_hash, registered_at: now }
    return yield* record(userId, [registered], [insertAccount(row)], origin).pipe(
      Effect.andThen(oneAtATime.withPermits(1)(issueToken(userId, origin))),
      Effect.catchTag("DuplicateKey", () => Effect.succeed(undefined))
    )
  })

/** A new token for whoever knows the password. Takes the same time whether the account exists or not. */
export const logIn = (
  number: string,
  password: string,
  origin: Origin
): Effect.Effect<string, Failure, Accounts | EventLog> =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const account = yield* accounts.byNumber(number)
    const isRight = yield* verifyPassword(password, account?.password_hash)
    if (!account || !isRight) return yield* new InvalidCredentials()
    return yield* whileUnchanged(account, issueToken(account.user_id, origin))
  })

/** Sets another password and ends all tokens but the one that asks. */
export const changePassword = (
  principal: Extract<Principal, { kind: "user" }>,
  current: string,
  next: string,
  origin: Origin
): Effect.Effect<void, Failure, Accounts | EventLog> =>
  Effect.gen(function* () {
    const { account, tokenId } = principal
    if (!(yield* verifyPassword(current, account.password_hash))) return yield* new InvalidCredentials()
    const password_hash = yield* hashPassword(next)
    yield* whileUnchanged(account, replacePassword(UserId.make(account.user_id), tokenId, password_hash, origin))
  })

const replacePassword = (userId: UserId, tokenId: TokenId, password_hash: string, origin: Origin) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const others = (yield* accounts.tokens(userId)).filter((token) => token.token_id !== tokenId)
    const changed: AccessEvent = { type: "user.password_changed", data: { userId } }
    const revoked = others.map((token) => revocation(userId, token.token_id, "password_changed"))
    yield* record(
      userId,
      [changed, ...revoked.map(({ event }) => event)],
      [setPasswordHash(userId, password_hash), ...revoked.map(({ statement }) => statement)],
      origin
    ).pipe(Effect.catchTag("DuplicateKey", Effect.die))
  })

/** Who holds this token; undefined when nobody does any more. */
export const principalOf = (token: string): Effect.Effect<Principal | undefined, StoreUnavailable, Accounts> =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const found = yield* accounts.byTokenHash(hashToken(token))
    if (!found) return undefined
    const { token_id, ...account } = found
    return { kind: "user" as const, account, tokenId: TokenId.make(token_id) }
  })

/** Does the work if the account's password is still the one that was checked. */
const whileUnchanged = <A, E, R>(
  { number, password_hash }: AccountRow,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | InvalidCredentials | StoreUnavailable, R | Accounts> =>
  oneAtATime.withPermits(1)(
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const now = yield* accounts.byNumber(number)
      return now?.password_hash === password_hash ? yield* work : yield* new InvalidCredentials()
    })
  )

const issueToken = (user: string, origin: Origin): Effect.Effect<string, StoreUnavailable, Accounts | EventLog> =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const userId = UserId.make(user)
    const token = randomBytes(TOKEN_BYTES).toString("hex")
    const tokens = yield* accounts.tokens(userId)
    // The newest has to be told from the oldest though the clock was set back.
    const now = Math.max(yield* Clock.currentTimeMillis, (tokens.at(-1)?.issued_at ?? -1) + 1)
    const tokenId = TokenId.make(newId("tok", now))
    const surplus = tokens.slice(0, Math.max(0, tokens.length + 1 - TOKENS_MAX))
    const revoked = surplus.map((old) => revocation(userId, old.token_id, "limit"))
    const issued: AccessEvent = { type: "token.issued", data: { tokenId, userId } }
    const row = { token_id: tokenId, user_id: userId, token_hash: hashToken(token), issued_at: now }
    yield* record(
      userId,
      [issued, ...revoked.map(({ event }) => event)],
      [insertToken(row), ...revoked.map(({ statement }) => statement)],
      origin
    ).pipe(Effect.catchTag("DuplicateKey", Effect.die))
    return token
  })

const revocation = (userId: UserId, id: string, reason: "limit" | "password_changed") => {
  const tokenId = TokenId.make(id)
  const event: AccessEvent = { type: "token.revoked", data: { tokenId, userId, reason } }
  return { event, statement: deleteToken(tokenId) }
}

const record = (userId: string, events: readonly AccessEvent[], statements: readonly Statement[], origin: Origin) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const append = { stream: userStream(userId), device: null, expected: "any" as const, events, origin }
    return yield* answerInTime(log.commit({ appends: [append], statements })).pipe(
      Effect.catchTag("StreamConflict", Effect.die)
    )
  })

const hashToken = (token: string): Uint8Array => hash("sha256", token, "buffer")
