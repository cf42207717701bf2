/** Accounts and access tokens: rows to look up, and the writes that go with the events of `user/<id>`. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import type { StoreUnavailable } from "./errors.ts"
import { deleteFrom, insertInto, updateWhere } from "./projections/projection.ts"
import type { AccessTokenTable, UserAccountTable } from "./tables.ts"

export type AccountRow = Selectable<UserAccountTable>
export type TokenRow = Selectable<AccessTokenTable>

export interface AccountsShape {
  readonly byNumber: (number: string) => Effect.Effect<AccountRow | undefined, StoreUnavailable>
  /** The account whose token has this SHA-256, with the token's id. */
  readonly byTokenHash: (
    hash: Uint8Array
  ) => Effect.Effect<(AccountRow & { readonly token_id: string }) | undefined, StoreUnavailable>
  readonly isTokenValid: (tokenId: string) => Effect.Effect<boolean, StoreUnavailable>
  /** A user's tokens, oldest first. */
  readonly tokens: (userId: string) => Effect.Effect<readonly TokenRow[], StoreUnavailable>
}

export class Accounts extends Context.Service<Accounts, AccountsShape>()("bitacora/store/Accounts") {
  static readonly layer = Layer.effect(
    Accounts,
    Effect.gen(function* () {
      const { query } = yield* Database
      return Accounts.of({
        byNumber: (number) =>
          query((db) => db.selectFrom("user_account").selectAll().where("number", "=", number).executeTakeFirst()),
        byTokenHash: (hash) =>
          query((db) =>
            db
              .selectFrom("access_token")
              .innerJoin("user_account", "user_account.user_id", "access_token.user_id")
              .selectAll("user_account")
              .select("access_token.token_id")
              .where("token_hash", "=", hash)
              .executeTakeFirst()
          ),
        isTokenValid: (tokenId) =>
          query((db) =>
            db.selectFrom("access_token").select("token_id").where("token_id", "=", tokenId).executeTakeFirst()
          ).pipe(Effect.map((row) => row !== undefined)),
        tokens: (userId) =>
          query((db) =>
            db
              .selectFrom("access_token")
              .selectAll()
              .where("user_id", "=", userId)
              .orderBy("issued_at")
              .orderBy("token_id")
              .execute()
          )
      })
    })
  )
}

/** Statements for the transaction of the event each belongs to. */
export const insertAccount = (row: AccountRow): Statement => insertInto("user_account", { ...row })

export const setPasswordHash = (userId: string, passwordHash: string): Statement =>
  updateWhere("user_account", { password_hash: passwordHash }, { user_id: userId })

export const insertToken = (row: TokenRow): Statement => insertInto("access_token", { ...row })

export const deleteToken = (tokenId: string): Statement => deleteFrom("access_token", { token_id: tokenId })
