/** Accounts: registering, logging in, and changing a password. Keeps SEC-2. */
import { Clock, Effect, Schema, Semaphore } from "effect"
import type { Origin } from "../events/envelope.ts"
import { type TokenId, UserId } from "../events/ids.ts"
import { type Account, Accounts } from "../store/accounts.ts"
import { countByOwner } from "../store/board.ts"
import type { CommandKey } from "../store/command-log.ts"
import type { DuplicateKey, StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import { newId } from "../store/new-id.ts"
import { Tokens } from "../store/tokens.ts"
import { isNumber } from "../whatsapp/number.ts"
import { once, type RequestKey } from "./idempotency.ts"
import { Limits } from "./limits.ts"
import { hashPassword, PASSWORD_LENGTH, verifyPassword } from "./password.ts"
import type { User } from "./principal.ts"
import { derivedSecret, issueLoginToken } from "./tokens.ts"

/** Rejection: no account has this number, or the password is wrong. The error does not say which, so that numbers cannot be probed. */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>()("InvalidCredentials", {}) {
  override get message(): string {
    return "the number or the password is wrong"
  }
}

/** Rejection: the password is too short or too long. */
export class PasswordUnfit extends Schema.TaggedError<PasswordUnfit>()("PasswordUnfit", {
  min: Schema.Int,
  max: Schema.Int
}) {
  override get message(): string {
    return `a password must have ${this.min} to ${this.max} characters`
  }
}

/** Rejection: an account with this number exists. */
export class AccountExists extends Schema.TaggedError<AccountExists>()("AccountExists", { number: Schema.String }) {
  override get message(): string {
    return `an account with the number ${this.number} exists already`
  }
}

/** Rejection: only the operator registers accounts on this gateway. */
export class RegistrationClosed extends Schema.TaggedError<RegistrationClosed>()("RegistrationClosed", {}) {
  override get message(): string {
    return "registration is closed on this gateway; ask its operator for an account"
  }
}

/** Rejection: there is no account with this id or number. */
export class AccountNotFound extends Schema.TaggedError<AccountNotFound>()("AccountNotFound", {
  account: Schema.String
}) {
  override get message(): string {
    return `there is no account ${this.account}`
  }
}

/**
 * Changes of tokens and passwords run one at a time and read the account again first. Therefore no token outlives the password that
 * it was issued for, and no account exceeds its number of tokens.
 */
const oneAtATime = Semaphore.makeUnsafe(1)

/** Creates an account. Fails with AccountExists when the number has one. */
export const registerAccount = (number: string, password: string, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        yield* checkLength(password)
        const accounts = yield* Accounts
        const log = yield* EventLog
        const passwordHash = yield* hashPassword(password)
        const registeredAt = yield* Clock.currentTimeMillis
        const userId = UserId.make(newId("usr", registeredAt))
        const userNumber = yield* log.nextNumber("user")
        const account: Account = { userId, userNumber, number, passwordHash, registeredAt }
        yield* accounts
          .register(account, origin, claiming)
          .pipe(
            Effect.catchTag(
              "DuplicateKey",
              (duplicate): Effect.Effect<never, AccountExists | DuplicateKey> =>
                duplicate.key.includes("user_account") ? new AccountExists({ number }) : Effect.fail(duplicate)
            )
          )
        return account
      }),
    again: ({ subject }) => Effect.flatMap(Accounts, (accounts) => accounts.byId(subject))
  })

/** The same for a client without a credential, while registration is open. */
export const registerOpenly = (number: string, password: string, origin: Origin, key?: RequestKey) =>
  Effect.gen(function* () {
    const { isRegistrationOpen } = yield* Limits
    if (!isRegistrationOpen) return yield* new RegistrationClosed()
    return yield* registerAccount(number, password, origin, key)
  })

/** Whether an account has this number. */
export const isRegistered = (number: string): Effect.Effect<boolean, StoreUnavailable, Accounts> =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    return (yield* accounts.byNumber(number)) !== undefined
  })

/**
 * Returns a token for a client that knows the account's password. Takes the same time whether or not the account exists. With a key,
 * a repeat returns the same token. `forMs`: how long the token is valid; for ever by default.
 */
export const logIn = (number: string, password: string, origin: Origin, key?: RequestKey, forMs?: number) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const account = yield* accounts.byNumber(number)
    const isRight = yield* verifyPassword(password, account?.passwordHash)
    if (!account || !isRight) return yield* new InvalidCredentials()
    return yield* firstToken(account, origin, key, forMs)
  })

/** Returns a token for an account whose password was checked or set in this request. */
export const firstToken = (account: Account, origin: Origin, key?: RequestKey, forMs?: number) =>
  once(key, {
    first: (claiming) => whileUnchanged(account, issueLoginToken(account.userId, loginOf(origin, claiming, forMs))),
    again: ({ subject }) => derivedSecret(subject)
  })

/** Returns a token of the operator, whose key was checked in this request. */
export const operatorLogin = (origin: Origin, key: RequestKey | undefined, forMs: number) =>
  once(key, {
    first: (claiming) => oneAtATime.withPermits(1)(issueLoginToken(null, loginOf(origin, claiming, forMs))),
    again: ({ subject }) => derivedSecret(subject)
  })

const loginOf = (origin: Origin, key: CommandKey | undefined, forMs: number | undefined) => ({
  origin,
  key,
  ...(forMs === undefined ? {} : { forMs })
})

/** Sets another password and ends all of the account's tokens except the one that makes the request. */
export const changePassword = (user: User, current: string, next: string, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) =>
      Effect.gen(function* () {
        yield* checkLength(next)
        const { account, tokenId } = user
        if (!(yield* verifyPassword(current, account.passwordHash))) return yield* new InvalidCredentials()
        const passwordHash = yield* hashPassword(next)
        const change = { passwordHash, by: "user" as const, keep: tokenId }
        return yield* whileUnchanged(account, replacePassword(account.userId, change, origin, claiming))
      }),
    again: () => Effect.void
  })

/** As `setPassword`, at most once per key. */
export const resetPassword = (reference: string, next: string, origin: Origin, key?: RequestKey) =>
  once(key, {
    first: (claiming) => setPassword(reference, next, origin, claiming),
    again: () => findAccount(reference)
  })

/** For the operator: sets the password of an account whose user has forgotten it, and ends all of its tokens. */
export const setPassword = (reference: string, next: string, origin: Origin, key?: CommandKey) =>
  Effect.gen(function* () {
    yield* checkLength(next)
    const account = yield* findAccount(reference)
    const passwordHash = yield* hashPassword(next)
    const change = { passwordHash, by: "operator" as const, keep: null }
    yield* oneAtATime.withPermits(1)(replacePassword(account.userId, change, origin, key))
    return { ...account, passwordHash }
  })

/** Finds an account by its id or by its telephone number. */
export const findAccount = (reference: string): Effect.Effect<Account, AccountNotFound | StoreUnavailable, Accounts> =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const found = yield* isNumber(reference) ? accounts.byNumber(reference) : accounts.byId(reference)
    return found ?? (yield* new AccountNotFound({ account: reference }))
  })

/** Returns a page of all accounts with the numbers of their devices, and whether more follow. */
export const listAccounts = ({ after, limit }: { readonly after: number; readonly limit: number }) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const found = yield* accounts.list(after, limit + 1)
    const page = found.slice(0, limit)
    const devices = yield* countByOwner(page.map(({ userNumber }) => userNumber))
    return {
      accounts: page.map((account) => ({ account, devices: devices.get(account.userNumber) ?? 0 })),
      hasMore: found.length > limit
    }
  })

const replacePassword = (
  userId: UserId,
  { passwordHash, by, keep }: { passwordHash: string; by: "user" | "operator"; keep: TokenId | null },
  origin: Origin,
  key: CommandKey | undefined
) =>
  Effect.gen(function* () {
    const accounts = yield* Accounts
    const tokens = yield* Tokens
    const others = (yield* tokens.ofOwner(userId)).filter(({ tokenId }) => tokenId !== keep)
    const ended = others.map(({ tokenId }) => ({ tokenId, userId, reason: "password_changed" as const }))
    yield* accounts.changePassword({ userId, passwordHash, by, ended }, origin, key)
  })

const checkLength = (password: string): Effect.Effect<void, PasswordUnfit> => {
  const { min, max } = PASSWORD_LENGTH
  return password.length < min || password.length > max ? new PasswordUnfit({ min, max }) : Effect.void
}

/** Runs the work if the account's password is still the one that was checked. */
const whileUnchanged = <A, E, R>(
  { number, passwordHash }: Account,
  work: Effect.Effect<A, E, R>
): Effect.Effect<A, E | InvalidCredentials | StoreUnavailable, R | Accounts> =>
  oneAtATime.withPermits(1)(
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const now = yield* accounts.byNumber(number)
      return now?.passwordHash === passwordHash ? yield* work : yield* new InvalidCredentials()
    })
  )
