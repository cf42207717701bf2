/** Counts attempts by key within a window of elapsed time, and says how long a key must wait once its attempts are used up. */
import { ExpiringMap } from "../store/expiring-map.ts"

export class AttemptLimiter {
  readonly #attemptsMax: number
  readonly #windowMs: number
  readonly #attempts: ExpiringMap<{ count: number }>

  /** Counts at most `keysMax` keys. When it is full, the key that was used least recently makes room. */
  constructor(attemptsMax: number, windowMs = 60_000, keysMax = 10_000) {
    this.#attemptsMax = attemptsMax
    this.#windowMs = windowMs
    this.#attempts = new ExpiringMap(keysMax)
  }

  /** Milliseconds until `key` may try again; 0 when it may now. */
  blockedMs(key: string, now: number): number {
    const attempts = this.#attempts.get(key, now)
    return attempts && attempts.count >= this.#attemptsMax ? this.#attempts.remainingMs(key, now) : 0
  }

  /** Withdraws an attempt that turned out to be valid. */
  forgive(key: string, now: number): void {
    const attempts = this.#attempts.get(key, now)
    if (attempts && attempts.count > 0) attempts.count--
  }

  count(key: string, now: number): void {
    const attempts = this.#attempts.get(key, now)
    if (attempts) attempts.count++
    else this.#attempts.set(key, { count: 1 }, { now, lifetimeMs: this.#windowMs })
  }
}
