/**
 * A map of bounded size whose entries expire: for caches and limits in memory.
 *
 * lru-cache does the work: when the map is full, the least recently used entry makes room. Each call passes the time in elapsed
 * milliseconds (elapsed.ts). Therefore entries do not expire early when an operator sets the wall clock, and a test can move the time.
 * A bounded map whose entries never expire needs no wrapper: use `new LRUCache({ max })`.
 */
import { LRUCache } from "lru-cache"

export class ExpiringMap<V> {
  /** Values are wrapped in objects, because lru-cache holds neither null nor undefined. */
  readonly #entries: LRUCache<string, { readonly value: V }>
  #now = 0

  /** Allocates room for `entriesMax` entries at once, about 40 bytes each. */
  constructor(entriesMax: number) {
    // With a resolution above 0, lru-cache would reuse a time for that many milliseconds of the machine's own clock.
    this.#entries = new LRUCache({ max: entriesMax, ttlResolution: 0, perf: { now: () => this.#now } })
  }

  /** The value; undefined if the key was never set, has expired, or made room for another entry. */
  get(key: string, now: number): V | undefined {
    return this.remainingMs(key, now) > 0 ? this.#entries.get(key)?.value : undefined
  }

  /** How long `get` will still return the key's entry, in milliseconds; 0 if it does not. */
  remainingMs(key: string, now: number): number {
    this.#setTime(now)
    return Math.max(0, this.#entries.getRemainingTTL(key))
  }

  /** Each call starts the lifetime again. */
  set(key: string, value: V, { now, lifetimeMs }: { readonly now: number; readonly lifetimeMs: number }): void {
    this.#setTime(now)
    this.#entries.set(key, { value }, { ttl: lifetimeMs })
  }

  delete(key: string): void {
    this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** lru-cache treats an entry that was set at time 0 as one that never expires. */
  #setTime(now: number): void {
    this.#now = now + 1
  }
}
