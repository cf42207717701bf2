/**
 * Tells streams that their token has ended. However many streams one token has opened, one query for all of them reads its row twice
 * a second. Keeps SEC-2.
 */
import { Clock, Context, Deferred, Effect, Layer, RcMap } from "effect"
import type { TokenId } from "../events/ids.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { Tokens } from "../store/tokens.ts"
import type { Principal } from "./principal.ts"
import { isCurrent } from "./tokens.ts"

export interface TokenWatchShape {
  /**
   * Resolves within a second after the principal's token was revoked or expired; never for the operator's key. Fails when the store
   * cannot tell whether the token is valid.
   */
  readonly ended: (principal: Principal) => Effect.Effect<void, StoreUnavailable>
}

const POLL_MS = 500

export class TokenWatch extends Context.Service<TokenWatch, TokenWatchShape>()("bitacora/application/TokenWatch") {
  static readonly layer = Layer.effect(
    TokenWatch,
    Effect.gen(function* () {
      const tokens = yield* Tokens
      const isValid = (tokenId: TokenId) =>
        Effect.gen(function* () {
          const token = yield* tokens.byId(tokenId)
          return token !== undefined && isCurrent(token, yield* Clock.currentTimeMillis)
        })
      const untilEnded = (tokenId: TokenId) =>
        Effect.gen(function* () {
          while (yield* isValid(tokenId)) yield* Effect.sleep(POLL_MS)
        })
      const watches = yield* RcMap.make({
        lookup: (tokenId: TokenId) =>
          Effect.gen(function* () {
            const end = yield* Deferred.make<void, StoreUnavailable>()
            yield* Effect.forkScoped(Deferred.into(untilEnded(tokenId), end))
            return end
          })
      })
      return TokenWatch.of({
        ended: ({ tokenId }) =>
          tokenId === null
            ? Effect.never
            : Effect.scoped(Effect.flatMap(RcMap.get(watches, tokenId), (end) => Deferred.await(end)))
      })
    })
  )
}
