/** Tells the runner of bulk sends that a client changed one. */
import { Context, Deferred, Effect, Layer } from "effect"

export interface BulkWakeShape {
  readonly changed: Effect.Effect<void>
  /** Resolves at the next change after it was asked for. */
  readonly next: Effect.Effect<Effect.Effect<void>>
}

export class BulkWake extends Context.Service<BulkWake, BulkWakeShape>()("bitacora/application/BulkWake") {
  static readonly layer = Layer.sync(BulkWake, () => {
    let waiting = Deferred.makeUnsafe<void>()
    return BulkWake.of({
      changed: Effect.suspend(() => {
        const before = waiting
        waiting = Deferred.makeUnsafe<void>()
        return Effect.asVoid(Deferred.succeed(before, undefined))
      }),
      next: Effect.sync(() => Deferred.await(waiting))
    })
  })
}
