/** Ends a token: the event with the reason, and the deletion of its row. */
import type { AccessEvent } from "../events/access.ts"
import type { TokenId, UserId } from "../events/ids.ts"
import type { Statement } from "./dialect/dialect.ts"
import { deleteFrom } from "./projections/projection.ts"

export interface EndedToken {
  readonly tokenId: TokenId
  /** Null for a token of the operator. */
  readonly userId: UserId | null
  readonly reason: Extract<AccessEvent, { type: "token.revoked" }>["data"]["reason"]
}

/** For the unit that ends the token. */
export const endToken = ({
  tokenId,
  userId,
  reason
}: EndedToken): { readonly event: AccessEvent; readonly statement: Statement } => ({
  event: { type: "token.revoked", data: { tokenId, userId, reason } },
  statement: deleteFrom("access_token", { token_id: tokenId })
})
