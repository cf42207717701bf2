/**
 * A clock that moves only when a test advances it: timers fire one after the other, in order, each with time to act. A test can set or
 * freeze the wall clock; timers and elapsed time continue.
 */
import { type Clock, Duration, Effect } from "effect"

interface Sleeper {
  readonly at: number
  readonly wake: () => void
}

export class VirtualClock implements Clock.Clock {
  /** Elapsed time. */
  #now: number
  /** By how much the wall clock is ahead of the elapsed time. */
  #lead = 0
  #frozenAt: number | undefined
  readonly #sleepers = new Set<Sleeper>()

  constructor(now: number) {
    this.#now = now
  }

  /** Advances by so many milliseconds. `settle` runs after each timer, until no work is pending. */
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

  /** Sets the wall clock forward by so many milliseconds, or back for a negative number. */
  setBy(ms: number): void {
    this.#lead += ms
    if (this.#frozenAt !== undefined) this.#frozenAt += ms
  }

  /** Sets the wall clock right. */
  correct(): void {
    this.#lead = 0
    this.#frozenAt = undefined
  }

  /** Stops the wall clock. */
  freeze(): void {
    this.#frozenAt = this.currentTimeMillisUnsafe()
  }

  /** Milliseconds until the next timer fires; undefined without timers. */
  get nextInMs(): number | undefined {
    return this.#first && this.#first.at - this.#now
  }

  /** Drops all timers: their process is dead. */
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
