/** Records when tokens were last used. Times are kept in memory and written once a minute, so that a request costs no write. */
import { Clock, Context, Effect, Layer, Schedule } from "effect"
import type { TokenId } from "../events/ids.ts"
import { Tokens } from "../store/tokens.ts"

export interface TokenUseShape {
  readonly note: (tokenId: TokenId | null) => Effect.Effect<void>
  /** Writes the times since the last flush. Times that cannot be written now are written with the next flush. */
  readonly flush: Effect.Effect<void>
}

const WRITTEN_EVERY_MS = 60_000

export class TokenUse extends Context.Service<TokenUse, TokenUseShape>()("bitacora/application/TokenUse") {
  static readonly layer = Layer.effect(
    TokenUse,
    Effect.gen(function* () {
      const tokens = yield* Tokens
      let noted = new Map<TokenId, number>()
      const flush = Effect.suspend(() => {
        const times = noted
        if (times.size === 0) return Effect.void
        noted = new Map()
        return tokens.used(times).pipe(
          Effect.catchTag("StoreUnavailable", () =>
            Effect.sync(() => {
              noted = new Map([...times, ...noted])
            })
          )
        )
      })
      yield* Effect.forkScoped(Effect.repeat(flush, Schedule.spaced(WRITTEN_EVERY_MS)))
      yield* Effect.addFinalizer(() => flush)
      return TokenUse.of({
        note: (tokenId) =>
          tokenId === null ? Effect.void : Effect.map(Clock.currentTimeMillis, (now) => void noted.set(tokenId, now)),
        flush
      })
    })
  )
}
