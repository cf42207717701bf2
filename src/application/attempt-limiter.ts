/** Counts attempts of a key within a window of elapsed time, and says how long the key has to wait once they are used up. Bounded. */

export class AttemptLimiter {
  readonly #attemptsMax: number
  readonly #windowMs: number
  readonly #keysMax: number
  readonly #attempts = new Map<string, { count: number; readonly until: number }>()

  constructor(attemptsMax: number, windowMs = 60_000, keysMax = 10_000) {
    this.#attemptsMax = attemptsMax
    this.#windowMs = windowMs
    this.#keysMax = keysMax
  }

  /** Milliseconds until `key` may try again; 0 when it may now. */
  blockedMs(key: string, now: number): number {
    const entry = this.#attempts.get(key)
    if (!entry || entry.until <= now || entry.count < this.#attemptsMax) return 0
    return entry.until - now
  }

  count(key: string, now: number): void {
    const entry = this.#attempts.get(key)
    if (entry && entry.until > now) {
      entry.count++
      return
    }
    this.#attempts.delete(key)
    this.#attempts.set(key, { count: 1, until: now + this.#windowMs })
    const [oldest] = this.#attempts.keys()
    if (this.#attempts.size > this.#keysMax && oldest !== undefined) this.#attempts.delete(oldest)
  }
}
