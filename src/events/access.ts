/**
 * Who may use the gateway: the events of the streams `user/<id>` and `operator`.
 *
 * They record that a password or a token was set, never its value: hashes are kept in mutable tables beside the log, since a hash
 * in bytes that never change could not be taken back.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { DeviceId, TokenId, UserId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Time = Count

/**
 * What a token allows. `read`: devices, messages and history. `send`: messages. `manage`: devices, pairing and erasure. `audit`:
 * verification and export. `admin`: users and their tokens.
 */
export const Scope = Schema.Literals(["read", "send", "manage", "audit", "admin"])
export type Scope = typeof Scope.Type
export const SCOPES: readonly Scope[] = Scope.literals

export const UserRegistered = defineEvent(
  "user.registered",
  1,
  Schema.Struct({ userId: UserId, userNumber: Count, number: Schema.String }),
  "An account was created. `number` is the telephone number that names it."
)

export const UserPasswordChanged = defineEvent(
  "user.password_changed",
  2,
  Schema.Struct({ userId: UserId, by: Schema.Literals(["user", "operator"]) }),
  "The account got another password, from its user or from the operator; its other tokens were revoked."
)

export const TokenIssued = defineEvent(
  "token.issued",
  2,
  Schema.Struct({
    tokenId: TokenId,
    /** Null for a token of the operator. */
    userId: Schema.NullOr(UserId),
    /** Null for a token of a login. */
    name: Schema.NullOr(Schema.String),
    scopes: Schema.Array(Scope),
    /** The devices that it reaches; null for all of its owner's. */
    devices: Schema.NullOr(Schema.Array(DeviceId)),
    expiresAt: Schema.NullOr(Time)
  }),
  "An access token was issued: with a login or a registration, or under a name. Its value was shown once."
)

export const TokenRevoked = defineEvent(
  "token.revoked",
  2,
  Schema.Struct({
    tokenId: TokenId,
    userId: Schema.NullOr(UserId),
    reason: Schema.Literals(["limit", "password_changed", "revoked", "expired"])
  }),
  "An access token ended: revoked by its owner or the operator, by a new password, by the limit of tokens, or by its age."
)

export const accessEvents = [UserRegistered, UserPasswordChanged, TokenIssued, TokenRevoked] as const

export type AccessEvent = EventOf<(typeof accessEvents)[number]>
