/**
 * Access to the gateway: the events of the streams `user/<id>` and `operator`.
 *
 * They record that a password or token was set, never its value. Hashes are kept in mutable tables beside the log, because a hash in
 * bytes that never change could not be deleted.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { DeviceId, TokenId, UserId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Count

/**
 * What a token allows. `read`: devices, messages and history. `send`: sending messages. `manage`: devices, pairing, erasure, webhooks, tokens
 * and the user's password. `audit`: verification and export. `admin`: users and their tokens.
 */
export const Scope = Schema.Literals(["read", "send", "manage", "audit", "admin"])
export type Scope = typeof Scope.Type
export const SCOPES: readonly Scope[] = Scope.literals

export const UserRegistered = defineEvent(
  "user.registered",
  1,
  Schema.Struct({ userId: UserId, userNumber: Count, number: Schema.String }),
  "An account was created. `number` is its telephone number."
)

export const UserPasswordChanged = defineEvent(
  "user.password_changed",
  2,
  Schema.Struct({ userId: UserId, by: Schema.Literals(["user", "operator"]) }),
  "The user or the operator changed the account's password. The account's other tokens were revoked."
)

export const TokenIssued = defineEvent(
  "token.issued",
  2,
  Schema.Struct({
    tokenId: TokenId,
    /** Null for a token of the operator. */
    userId: Schema.NullOr(UserId),
    /** Null for a token from a login. */
    name: Schema.NullOr(Schema.String),
    scopes: Schema.Array(Scope),
    /** The devices that the token reaches; null for all devices of its owner. */
    devices: Schema.NullOr(Schema.Array(DeviceId)),
    expiresAt: Schema.NullOr(Time)
  }),
  "An access token was issued, by a login or registration (`name` null) or under a name. Its value was shown once."
)

export const TokenRevoked = defineEvent(
  "token.revoked",
  2,
  Schema.Struct({
    tokenId: TokenId,
    userId: Schema.NullOr(UserId),
    reason: Schema.Literals(["limit", "password_changed", "revoked", "expired"])
  }),
  "An access token ended. `reason`: its owner or the operator revoked it, the password changed, the owner had too many tokens, or it expired."
)

export const accessEvents = [UserRegistered, UserPasswordChanged, TokenIssued, TokenRevoked] as const

export type AccessEvent = EventOf<(typeof accessEvents)[number]>
