/**
 * A clock that stands still until it is told to move on: timers come due one after the other, in order, each with time to act. What
 * it says the time is can be set, or frozen, while timers and elapsed time go on.
 */
import { type Clock, Duration, Effect } from "effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class VirtualClock implements Clock.Clock {
  /** Elapsed time. */
  #now: number
  /** How far the wall clock is ahead of it. */
  #lead = 0
  #frozenAt: number | undefined
  readonly #sleepers = new Set<Sleeper>()

  constructor(now: number) {
    this.#now = now
  }

  /** Moves on by so many milliseconds. `settle` runs after each timer, until nothing moves any more. */
  async advance(ms: number, settle: () => Promise<void>): Promise<void> {
    const end = this.#now + ms
    for (;;) {
      const next = this.#first
      if (!next || next.at > end) break
      this.#now = Math.max(this.#now, next.at)
      this.#sleepers.delete(next)
      next.wake()
      await settle()
    }
    this.#now = end
  }

  /** Sets the wall clock forward, or back, by so many milliseconds. */
  setBy(ms: number): void {
    this.#lead += ms
    if (this.#frozenAt !== undefined) this.#frozenAt += ms
  }

  /** Sets the wall clock right. */
  correct(): void {
    this.#lead = 0
    this.#frozenAt = undefined
  }

  /** The wall clock says the same from now on. */
  freeze(): void {
    this.#frozenAt = this.currentTimeMillisUnsafe()
  }

  /** Until the next timer is due; undefined while none runs. */
  get nextInMs(): number | undefined {
    return this.#first && this.#first.at - this.#now
  }

  /** Forgets who sleeps: their process is dead. */
  forget(): void {
    this.#sleepers.clear()
  }

  get #first(): Sleeper | undefined {
    let first: Sleeper | undefined
    for (const sleeper of this.#sleepers) if (!first || sleeper.at < first.at) first = sleeper
    return first
  }

  sleep(duration: Duration.Duration): Effect.Effect<void> {
    const ms = Duration.toMillis(duration)
    if (ms <= 0) return Effect.void
    return Effect.callback<void>((resume) => {
      const sleeper = { at: this.#now + ms, wake: () => resume(Effect.void) }
      this.#sleepers.add(sleeper)
      return Effect.sync(() => void this.#sleepers.delete(sleeper))
    })
  }

  currentTimeMillisUnsafe(): number {
    return this.#frozenAt ?? this.#now + this.#lead
  }
  readonly currentTimeMillis: Effect.Effect<number> = Effect.sync(() => this.currentTimeMillisUnsafe())
  currentTimeNanosUnsafe(): bigint {
    return BigInt(this.currentTimeMillisUnsafe()) * 1_000_000n
  }
  readonly currentTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.currentTimeNanosUnsafe())
  monotonicTimeNanosUnsafe(): bigint {
    return BigInt(this.#now) * 1_000_000n
  }
  readonly monotonicTimeNanos: Effect.Effect<bigint> = Effect.sync(() => this.monotonicTimeNanosUnsafe())
}
