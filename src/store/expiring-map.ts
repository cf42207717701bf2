/**
 * A map of bounded size whose entries end by themselves: for caches and limits in memory.
 *
 * lru-cache does the work: when the map is full, the least recently used entry makes room. The caller passes the time of each call
 * as elapsed milliseconds (elapsed.ts). Entries therefore do not end early when an operator sets the wall clock, and a test can
 * move the time. A bounded map whose entries never end needs no wrapper: use `new LRUCache({ max })`.
 */
import { LRUCache } from "lru-cache"

export class ExpiringMap<V> {
  /** In objects, as lru-cache holds neither null nor undefined. */
  readonly #entries: LRUCache<string, { readonly value: V }>
  #now = 0

  /** The map allocates the room for `entriesMax` entries at once, about 40 bytes for each. */
  constructor(entriesMax: number) {
    // A resolution above 0 lets lru-cache keep a time for that many milliseconds of the machine's own clock.
    this.#entries = new LRUCache({ max: entriesMax, ttlResolution: 0, perf: { now: () => this.#now } })
  }

  /** The value; undefined when the key was never set, when its lifetime is over, and when the entry made room for another. */
  get(key: string, now: number): V | undefined {
    return this.remainingMs(key, now) > 0 ? this.#entries.get(key)?.value : undefined
  }

  /** How long `get` still returns the entry of this key; 0 when it does not now. */
  remainingMs(key: string, now: number): number {
    this.#setTime(now)
    return Math.max(0, this.#entries.getRemainingTTL(key))
  }

  /** The lifetime starts anew with each call. */
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

  /** lru-cache takes an entry that was set at time 0 for one that never ends. */
  #setTime(now: number): void {
    this.#now = now + 1
  }
}
