/** A bounded cache with a time to live, of the shape that Baileys takes. Outlives the sockets that use it. */
import type { CacheStore } from "@whiskeysockets/baileys"

/** `ttlMs` from the last write; beyond `entriesMax` the oldest go. */
export const timedCache = (ttlMs: number, entriesMax: number): CacheStore => {
  const entries = new Map<string, { readonly value: unknown; readonly until: number }>()
  return {
    get: <T>(key: string): T | undefined => {
      const entry = entries.get(key)
      return entry && entry.until > performance.now() ? (entry.value as T) : undefined
    },
    set: (key, value) => {
      entries.delete(key)
      entries.set(key, { value, until: performance.now() + ttlMs })
      const [oldest] = entries.keys()
      if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest)
    },
    del: (key) => {
      entries.delete(key)
    },
    flushAll: () => entries.clear()
  }
}
