/**
 * Tells what was opened with a token that it is revoked. However much one token opens, its row is looked at once in a while, for
 * all of it together. Keeps SEC-2.
 */
import { Context, Deferred, Effect, Layer, RcMap } from "effect"
import type { TokenId } from "../../events/ids.ts"
import { Accounts } from "../../store/accounts.ts"
import type { StoreUnavailable } from "../../store/errors.ts"

export interface TokenWatchShape {
  /** Ends within a second of the token's end; fails when the store does not say any more whether it is valid. */
  readonly revoked: (token: TokenId) => Effect.Effect<void, StoreUnavailable>
}

const POLL_MS = 500

export class TokenWatch extends Context.Service<TokenWatch, TokenWatchShape>()("bitacora/http/TokenWatch") {
  static readonly layer = Layer.effect(
    TokenWatch,
    Effect.gen(function* () {
      const accounts = yield* Accounts
      const untilRevoked = (token: TokenId) =>
        Effect.gen(function* () {
          while (yield* accounts.isTokenValid(token)) yield* Effect.sleep(POLL_MS)
        })
      const watches = yield* RcMap.make({
        lookup: (token: TokenId) =>
          Effect.gen(function* () {
            const end = yield* Deferred.make<void, StoreUnavailable>()
            yield* Effect.forkScoped(Deferred.into(untilRevoked(token), end))
            return end
          })
      })
      return TokenWatch.of({
        revoked: (token) => Effect.scoped(Effect.flatMap(RcMap.get(watches, token), Deferred.await))
      })
    })
  )
}
