/**
 * Bounds what owners ask for: so many at the same time, and one for each owner, so that no owner holds all places. Who waits for a turn
 * holds no place.
 */
import { Effect, Semaphore } from "effect"

interface Turn {
  readonly permit: Semaphore.Semaphore
  /** How many run or wait. */
  users: number
}

export class OwnerTurns {
  readonly #places: Semaphore.Semaphore
  readonly #turns = new Map<number, Turn>()

  constructor(places: number) {
    this.#places = Semaphore.makeUnsafe(places)
  }

  /** How many owners have work that runs or waits. */
  get size(): number {
    return this.#turns.size
  }

  /** Runs the work when it is the owner's turn and a place is free. An interruption ends the wait too. */
  run<A, E, R>(owner: number, work: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.acquireUseRelease(
      Effect.sync(() => this.#enter(owner)),
      ({ permit }) => permit.withPermits(1)(this.#places.withPermits(1)(work)),
      (turn) => Effect.sync(() => this.#leave(owner, turn))
    )
  }

  #enter(owner: number): Turn {
    const turn = this.#turns.get(owner) ?? { permit: Semaphore.makeUnsafe(1), users: 0 }
    turn.users++
    this.#turns.set(owner, turn)
    return turn
  }

  #leave(owner: number, turn: Turn): void {
    turn.users--
    if (turn.users === 0) this.#turns.delete(owner)
  }
}
