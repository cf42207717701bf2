/** An actor's timers, by name: at most one of each, all gone with the actor's scope. When one is due, something is told. */
import { Effect, FiberMap, type Scope } from "effect"

export class Timers<Name extends string> {
  readonly #fibers: FiberMap.FiberMap<Name>

  private constructor(fibers: FiberMap.FiberMap<Name>) {
    this.#fibers = fibers
  }

  static make<Name extends string>(): Effect.Effect<Timers<Name>, never, Scope.Scope> {
    return Effect.map(FiberMap.make<Name>(), (fibers) => new Timers<Name>(fibers))
  }

  /** Calls `due` after so many milliseconds, whatever the wall clock is set to meanwhile; replaces an earlier arming of the same name. */
  arm(name: Name, inMs: number, due: () => void): Effect.Effect<void> {
    return Effect.asVoid(FiberMap.run(this.#fibers, name, Effect.andThen(Effect.sleep(inMs), Effect.sync(due))))
  }

  disarm(name: Name): Effect.Effect<void> {
    return FiberMap.remove(this.#fibers, name)
  }

  isArmed(name: Name): boolean {
    return FiberMap.hasUnsafe(this.#fibers, name)
  }
}
