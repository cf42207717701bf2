/** An actor's timers, by name: at most one of each, all gone with the actor's scope. When one is due, something is told. */
import { Clock, Effect, FiberMap, type Scope } from "effect"

export class Timers<Name extends string> {
  readonly #fibers: FiberMap.FiberMap<Name>

  private constructor(fibers: FiberMap.FiberMap<Name>) {
    this.#fibers = fibers
  }

  static make<Name extends string>(): Effect.Effect<Timers<Name>, never, Scope.Scope> {
    return Effect.map(FiberMap.make<Name>(), (fibers) => new Timers<Name>(fibers))
  }

  /** Calls `due` at that time (epoch milliseconds; at once when it is past) instead of an earlier arming of the same name. */
  arm(name: Name, at: number, due: () => void): Effect.Effect<void> {
    return Effect.gen({ self: this }, function* () {
      const delay = Math.max(0, at - (yield* Clock.currentTimeMillis))
      yield* FiberMap.run(this.#fibers, name, Effect.andThen(Effect.sleep(delay), Effect.sync(due)))
    })
  }

  disarm(name: Name): Effect.Effect<void> {
    return FiberMap.remove(this.#fibers, name)
  }

  isArmed(name: Name): boolean {
    return FiberMap.hasUnsafe(this.#fibers, name)
  }
}
