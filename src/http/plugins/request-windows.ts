/**
 * How many requests each key made in its present window, for @fastify/rate-limit. In elapsed time: by the wall clock, as the plugin's own
 * store counts, a clock that is set back by two hours would make everybody's window two hours longer. Bounded; the oldest go first.
 */

interface Window {
  requests: number
  /** Elapsed milliseconds. */
  readonly endsAt: number
}

type Answer = (failure: null, window: { readonly current: number; readonly ttl: number }) => void

const KEYS_MAX = 10_000

export class RequestWindows {
  readonly #windows = new Map<string, Window>()

  /** Counts a request and answers how many that makes, and for how many milliseconds the window goes on. */
  incr(key: string, answer: Answer, windowMs: number): void {
    const now = performance.now()
    let window = this.#windows.get(key)
    if (!window || window.endsAt <= now) {
      window = { requests: 0, endsAt: now + windowMs }
      this.#windows.delete(key)
      this.#windows.set(key, window)
      const [oldest] = this.#windows.keys()
      if (this.#windows.size > KEYS_MAX && oldest !== undefined) this.#windows.delete(oldest)
    }
    answer(null, { current: ++window.requests, ttl: Math.ceil(window.endsAt - now) })
  }

  /** For a route with limits of its own. */
  child(): RequestWindows {
    return new RequestWindows()
  }
}
