/** Limits the streams that each client has open. */
import { Context, Effect, Layer } from "effect"
import { ConcurrencyLimit } from "../application/concurrency-limit.ts"
import { Limits } from "../application/limits.ts"

export class OpenStreams extends Context.Service<OpenStreams, ConcurrencyLimit>()("bitacora/http/OpenStreams") {
  static readonly layer = Layer.effect(
    OpenStreams,
    Effect.map(Limits, ({ streamsPerUserMax }) => new ConcurrencyLimit(streamsPerUserMax))
  )
}
