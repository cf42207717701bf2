/**
 * How many requests each key made in its present window, for @fastify/rate-limit. In elapsed time: the plugin's own store counts by the
 * wall clock, and setting that back by two hours would make every window two hours longer.
 */
import { ExpiringMap } from "../../store/expiring-map.ts"

type Answer = (failure: null, window: { readonly current: number; readonly ttl: number }) => void

const KEYS_MAX = 10_000

export class RequestWindows {
  readonly #windows = new ExpiringMap<{ requests: number }>(KEYS_MAX)

  /** Counts a request and answers how many that makes, and for how many milliseconds the window goes on. */
  incr(key: string, answer: Answer, windowMs: number): void {
    const now = performance.now()
    const window = this.#windows.get(key, now) ?? { requests: 0 }
    if (window.requests === 0) this.#windows.set(key, window, { now, lifetimeMs: windowMs })
    answer(null, { current: ++window.requests, ttl: Math.ceil(this.#windows.remainingMs(key, now)) })
  }

  /** For a route with limits of its own. */
  child(): RequestWindows {
    return new RequestWindows()
  }
}
