/** Counts failures by whoever causes them, and says when it is enough: guessing passwords and tokens gets slow. Bounded. */

export class FailureLimiter {
  readonly #failuresMax: number
  readonly #windowMs: number
  readonly #keysMax: number
  readonly #failures = new Map<string, { count: number; readonly until: number }>()

  constructor(failuresMax: number, windowMs = 60_000, keysMax = 10_000) {
    this.#failuresMax = failuresMax
    this.#windowMs = windowMs
    this.#keysMax = keysMax
  }

  /** Milliseconds until `key` may try again; 0 when it may now. */
  blockedMs(key: string, now: number): number {
    const entry = this.#failures.get(key)
    if (!entry || entry.until <= now || entry.count < this.#failuresMax) return 0
    return entry.until - now
  }

  failed(key: string, now: number): void {
    const entry = this.#failures.get(key)
    if (entry && entry.until > now) {
      entry.count++
      return
    }
    this.#failures.delete(key)
    this.#failures.set(key, { count: 1, until: now + this.#windowMs })
    const [oldest] = this.#failures.keys()
    if (this.#failures.size > this.#keysMax && oldest !== undefined) this.#failures.delete(oldest)
  }
}
