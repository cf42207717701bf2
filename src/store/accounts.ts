/** Accounts: looks up their rows, and writes the events of `user/<id>` together with the rows, each change as one unit. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import type { AccessEvent } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import { UserId } from "../events/ids.ts"
import { userStream } from "../events/streams.ts"
import { answerInTime } from "./answer-in-time.ts"
import { claimCommand, type CommandKey } from "./command-log.ts"
import { Database } from "./database.ts"
import type { DuplicateKey, StoreUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"
import { insertInto, updateWhere } from "./projections/projection.ts"
import type { UserAccountTable } from "./tables.ts"
import { type EndedToken, endToken } from "./ended-token.ts"

export interface Account {
  readonly userId: UserId
  /** The short number used in envelopes and rows. */
  readonly userNumber: number
  /** The telephone number of the account. */
  readonly number: string
  /** A PHC string. */
  readonly passwordHash: string
  /** Epoch milliseconds. */
  readonly registeredAt: number
}

/** A new password, and the tokens that end with the old one. */
export interface PasswordChange {
  readonly userId: UserId
  readonly passwordHash: string
  readonly by: "user" | "operator"
  readonly ended: readonly EndedToken[]
}

export interface AccountsShape {
  readonly byNumber: (number: string) => Effect.Effect<Account | undefined, StoreUnavailable>
  readonly byId: (userId: string) => Effect.Effect<Account | undefined, StoreUnavailable>
  /** In order of their user numbers, after `after`. */
  readonly list: (after: number, limit: number) => Effect.Effect<readonly Account[], StoreUnavailable>
  /** Fails with DuplicateKey when an account has this number, or the idempotency key is claimed. */
  readonly register: (
    account: Account,
    origin: Origin,
    key?: CommandKey
  ) => Effect.Effect<void, DuplicateKey | StoreUnavailable>
  readonly changePassword: (
    change: PasswordChange,
    origin: Origin,
    key?: CommandKey
  ) => Effect.Effect<void, DuplicateKey | StoreUnavailable>
}

export class Accounts extends Context.Service<Accounts, AccountsShape>()("bitacora/store/Accounts") {
  static readonly layer = Layer.effect(
    Accounts,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      return Accounts.of({
        byNumber: (number) =>
          query((db) => db.selectFrom("user_account").selectAll().where("number", "=", number).executeTakeFirst()).pipe(
            Effect.map((row) => row && toAccount(row))
          ),
        byId: (userId) =>
          query((db) =>
            db.selectFrom("user_account").selectAll().where("user_id", "=", userId).executeTakeFirst()
          ).pipe(Effect.map((row) => row && toAccount(row))),
        list: (after, limit) =>
          query((db) =>
            db
              .selectFrom("user_account")
              .selectAll()
              .where("number_id", ">", after)
              .orderBy("number_id")
              .limit(limit)
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toAccount))),
        register: (account, origin, key) => {
          const { userId, userNumber, number } = account
          const registered: AccessEvent = { type: "user.registered", data: { userId, userNumber, number } }
          const claims = key === undefined ? [] : [claimCommand(key, userId, account.registeredAt)]
          return answerInTime(
            log.commit({
              appends: [{ stream: userStream(userId), device: null, expected: "new", events: [registered], origin }],
              statements: [insertInto("user_account", toRow(account)), ...claims]
            })
          ).pipe(Effect.asVoid, Effect.catchTag("StreamConflict", Effect.die))
        },
        changePassword: ({ userId, passwordHash, by, ended }, origin, key) =>
          Effect.gen(function* () {
            const changed: AccessEvent = { type: "user.password_changed", data: { userId, by } }
            const ends = ended.map(endToken)
            const now = yield* Effect.clockWith((clock) => clock.currentTimeMillis)
            const claims = key === undefined ? [] : [claimCommand(key, userId, now)]
            const events = [changed, ...ends.map(({ event }) => event)]
            yield* answerInTime(
              log.commit({
                appends: [{ stream: userStream(userId), device: null, expected: "any", events, origin }],
                statements: [
                  updateWhere("user_account", { password_hash: passwordHash }, { user_id: userId }),
                  ...ends.map(({ statement }) => statement),
                  ...claims
                ]
              })
            ).pipe(Effect.catchTag("StreamConflict", Effect.die))
          })
      })
    })
  )
}

export const toAccount = (row: Selectable<UserAccountTable>): Account => ({
  userId: UserId.make(row.user_id),
  userNumber: row.number_id,
  number: row.number,
  passwordHash: row.password_hash,
  registeredAt: row.registered_at
})

const toRow = ({ userId, userNumber, number, passwordHash, registeredAt }: Account) => ({
  number_id: userNumber,
  user_id: userId,
  number,
  password_hash: passwordHash,
  registered_at: registeredAt
})
