/**
 * Who may use the gateway: the events of the stream `user/<id>`.
 *
 * They say that a password or a token was set, never what it is: hashes are kept in mutable tables beside the log, since
 * a hash in bytes that never change could not be taken back.
 */
import { Schema } from "effect"
import { defineEvent, type EventOf } from "./definition.ts"
import { TokenId, UserId } from "./ids.ts"

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))

export const UserRegistered = defineEvent(
  "user.registered",
  1,
  Schema.Struct({ userId: UserId, userNumber: Count, number: Schema.String }),
  "An account was made. `number` is the telephone number that names it."
)

export const UserPasswordChanged = defineEvent(
  "user.password_changed",
  1,
  Schema.Struct({ userId: UserId }),
  "The account got another password; its other tokens were revoked."
)

export const TokenIssued = defineEvent(
  "token.issued",
  1,
  Schema.Struct({ tokenId: TokenId, userId: UserId }),
  "An access token was handed out, once, in the answer to a login or a registration."
)

export const TokenRevoked = defineEvent(
  "token.revoked",
  1,
  Schema.Struct({
    tokenId: TokenId,
    userId: UserId,
    reason: Schema.Literals(["limit", "password_changed", "revoked"])
  }),
  "An access token ended: too many of them, a new password, or by its user's wish."
)

export const accessEvents = [UserRegistered, UserPasswordChanged, TokenIssued, TokenRevoked] as const

export type AccessEvent = EventOf<(typeof accessEvents)[number]>
