/** Access tokens: looks them up by their hash, issues and ends them together with the events that record it. Keeps SEC-2. */
import { Context, Effect, Layer } from "effect"
import type { Selectable } from "kysely"
import type { AccessEvent, Scope } from "../events/access.ts"
import type { Origin } from "../events/envelope.ts"
import { DeviceId, TokenId, UserId } from "../events/ids.ts"
import { OPERATOR_STREAM, userStream } from "../events/streams.ts"
import { type Account, toAccount } from "./accounts.ts"
import { answerInTime } from "./answer-in-time.ts"
import { claimCommand, type CommandKey } from "./command-log.ts"
import { Database } from "./database.ts"
import type { Statement } from "./dialect/dialect.ts"
import type { DuplicateKey, StoreUnavailable } from "./errors.ts"
import { EventLog } from "./log/event-log.ts"
import { type EndedToken, endToken } from "./ended-token.ts"
import { insertInto, updateWhere } from "./projections/projection.ts"
import type { AccessTokenTable } from "./tables.ts"

export interface Token {
  readonly tokenId: TokenId
  /** Null for a token of the operator. */
  readonly userId: UserId | null
  /** Null for a token from a login. */
  readonly name: string | null
  readonly scopes: readonly Scope[]
  /** The devices that the token reaches; null for all devices of its owner. */
  readonly devices: readonly DeviceId[] | null
  /** Epoch milliseconds, like the two below. */
  readonly issuedAt: number
  readonly expiresAt: number | null
  readonly lastUsedAt: number | null
}

/** The scopes of a token from a login. */
export const LOGIN_SCOPES: readonly Scope[] = ["read", "send", "manage", "audit"]

export interface TokensShape {
  /** The token with this SHA-256 hash, expired or not, and the account of its user. */
  readonly byHash: (
    hash: Uint8Array
  ) => Effect.Effect<{ readonly token: Token; readonly account: Account | null } | undefined, StoreUnavailable>
  readonly byId: (tokenId: string) => Effect.Effect<Token | undefined, StoreUnavailable>
  /** All tokens of a user, or of the operator (null), oldest first. There are at most a few hundred. */
  readonly ofOwner: (userId: UserId | null) => Effect.Effect<readonly Token[], StoreUnavailable>
  /** Fails with DuplicateKey if a token has this hash, or the idempotency key is claimed. `ended`: other tokens that end with it. */
  readonly issue: (
    token: Token,
    hash: Uint8Array,
    ended: readonly EndedToken[],
    origin: Origin,
    key?: CommandKey
  ) => Effect.Effect<void, DuplicateKey | StoreUnavailable>
  readonly end: (ended: EndedToken, origin: Origin) => Effect.Effect<void, StoreUnavailable>
  /** Stores when tokens were last used (epoch milliseconds). */
  readonly used: (times: ReadonlyMap<TokenId, number>) => Effect.Effect<void, StoreUnavailable>
  /** At most `limit` tokens that expired before `timeMs`. */
  readonly expiredBefore: (timeMs: number, limit: number) => Effect.Effect<readonly Token[], StoreUnavailable>
}

export class Tokens extends Context.Service<Tokens, TokensShape>()("bitacora/store/Tokens") {
  static readonly layer = Layer.effect(
    Tokens,
    Effect.gen(function* () {
      const { query } = yield* Database
      const log = yield* EventLog
      const record = (
        userId: UserId | null,
        events: readonly AccessEvent[],
        statements: readonly Statement[],
        origin: Origin
      ) =>
        answerInTime(
          log.commit({
            appends: [{ stream: streamOf(userId), device: null, expected: "any", events, origin }],
            statements
          })
        ).pipe(Effect.asVoid, Effect.catchTag("StreamConflict", Effect.die))
      return Tokens.of({
        byHash: (hash) =>
          query((db) =>
            db
              .selectFrom("access_token")
              .leftJoin("user_account", "user_account.user_id", "access_token.user_id")
              .selectAll("access_token")
              .select(["number_id", "number", "password_hash", "registered_at"])
              .where("token_hash", "=", hash)
              .executeTakeFirst()
          ).pipe(
            Effect.map((row) => {
              if (row === undefined) return undefined
              const { number_id, number, password_hash, registered_at } = row
              const isUsers = number_id !== null && number !== null && password_hash !== null && registered_at !== null
              const account = isUsers ? { user_id: row.user_id, number_id, number, password_hash, registered_at } : null
              // The user's account no longer exists, so the token is not valid.
              if (account === null && row.user_id !== OPERATOR_ID) return undefined
              return { token: toToken(row), account: account && toAccount(account) }
            })
          ),
        byId: (tokenId) =>
          query((db) =>
            db.selectFrom("access_token").selectAll().where("token_id", "=", tokenId).executeTakeFirst()
          ).pipe(Effect.map((row) => row && toToken(row))),
        ofOwner: (userId) =>
          query((db) =>
            db
              .selectFrom("access_token")
              .selectAll()
              .where("user_id", "=", userId ?? OPERATOR_ID)
              .orderBy("issued_at")
              .orderBy("token_id")
              .execute()
          ).pipe(Effect.map((rows) => rows.map(toToken))),
        issue: (token, hash, ended, origin, key) => {
          const { tokenId, userId, name, scopes, devices, expiresAt } = token
          const issued: AccessEvent = {
            type: "token.issued",
            data: { tokenId, userId, name, scopes, devices, expiresAt }
          }
          const ends = ended.map(endToken)
          const claims = key === undefined ? [] : [claimCommand(key, tokenId, token.issuedAt)]
          return record(
            userId,
            [issued, ...ends.map(({ event }) => event)],
            [insertInto("access_token", toRow(token, hash)), ...ends.map(({ statement }) => statement), ...claims],
            origin
          )
        },
        end: (ended, origin) => {
          const { event, statement } = endToken(ended)
          return record(ended.userId, [event], [statement], origin).pipe(Effect.catchTag("DuplicateKey", Effect.die))
        },
        used: (times) =>
          log
            .commit({
              statements: [...times].map(([tokenId, at]) =>
                updateWhere("access_token", { last_used_at: at }, { token_id: tokenId })
              )
            })
            .pipe(Effect.asVoid, Effect.catchTags({ StreamConflict: Effect.die, DuplicateKey: Effect.die })),
        expiredBefore: (timeMs, limit) =>
          query((db) =>
            db.selectFrom("access_token").selectAll().where("expires_at", "<", timeMs).limit(limit).execute()
          ).pipe(Effect.map((rows) => rows.map(toToken)))
      })
    })
  )
}

/** The value of `user_id` for the operator's tokens. */
const OPERATOR_ID = "operator"

const streamOf = (userId: UserId | null): string => (userId === null ? OPERATOR_STREAM : userStream(userId))

const toToken = (row: Selectable<AccessTokenTable>): Token => ({
  tokenId: TokenId.make(row.token_id),
  userId: row.user_id === OPERATOR_ID ? null : UserId.make(row.user_id),
  name: row.name,
  scopes: row.scopes === null ? LOGIN_SCOPES : (JSON.parse(row.scopes) as Scope[]),
  devices: row.devices === null ? null : (JSON.parse(row.devices) as string[]).map((id) => DeviceId.make(id)),
  issuedAt: row.issued_at,
  expiresAt: row.expires_at,
  lastUsedAt: row.last_used_at
})

const toRow = (token: Token, hash: Uint8Array) => ({
  token_id: token.tokenId,
  user_id: token.userId ?? OPERATOR_ID,
  token_hash: hash,
  issued_at: token.issuedAt,
  name: token.name,
  scopes: JSON.stringify(token.scopes),
  devices: token.devices && JSON.stringify(token.devices),
  expires_at: token.expiresAt,
  last_used_at: token.lastUsedAt
})
