/**
 * How often each message was requested again, and sent again. Baileys gives up after five times within an hour. The counts outlive its
 * sockets, so that a reconnect does not reset them.
 */
import type { CacheStore } from "@whiskeysockets/baileys"
import { ExpiringMap } from "../../../store/expiring-map.ts"

const LIFETIME_MS = 3_600_000
const ENTRIES_MAX = 10_000

export class RetryCounts {
  readonly #counts = new ExpiringMap<unknown>(ENTRIES_MAX)

  /** The counts of one device, in the shape that Baileys takes. */
  ofDevice(device: number): CacheStore {
    const counts = this.#counts
    const keyOf = (key: string) => `${device}:${key}`
    return {
      get: <T>(key: string) => counts.get(keyOf(key), performance.now()) as T | undefined,
      set: (key, value) => counts.set(keyOf(key), value, { now: performance.now(), lifetimeMs: LIFETIME_MS }),
      del: (key) => counts.delete(keyOf(key)),
      // Baileys 7.0.0-rc14 never calls it for these counts. It would clear those of all devices.
      flushAll: () => counts.clear()
    }
  }
}
