/**
 * Counts the requests of each key in its current window, for @fastify/rate-limit. It uses elapsed time: the plugin's own store uses
 * the wall clock, so setting the clock back by two hours would lengthen every window by two hours.
 */
import { ExpiringMap } from "../../store/expiring-map.ts"

type Answer = (failure: null, window: { readonly current: number; readonly ttl: number }) => void

const KEYS_MAX = 10_000

export class RequestWindows {
  readonly #windows = new ExpiringMap<{ requests: number }>(KEYS_MAX)

  /** Counts a request. Passes on the number of requests in the window, and the milliseconds until the window ends. */
  incr(key: string, answer: Answer, windowMs: number): void {
    const now = performance.now()
    const window = this.#windows.get(key, now) ?? { requests: 0 }
    if (window.requests === 0) this.#windows.set(key, window, { now, lifetimeMs: windowMs })
    answer(null, { current: ++window.requests, ttl: Math.ceil(this.#windows.remainingMs(key, now)) })
  }

  /** For a route with its own limits. */
  child(): RequestWindows {
    return new RequestWindows()
  }
}
