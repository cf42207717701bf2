/**
 * Notices a connection that hears and does not understand: stanzas come in, and nothing comes of them.
 *
 * Pings are answered all the while, so nothing else would ever notice (Baileys#2491: up to fifty hours). Baileys handles
 * messages one after the other; when the oldest has waited long and none has come through since, it is stuck for good.
 */

/** How long nothing may come of what was heard. */
const DEAF_AFTER_MS = 60_000
const WAITING_MAX = 10_000

export class Deafness {
  /** When each message that waits was heard, the oldest first. */
  readonly #waiting = new Map<string, number>()
  #understoodAt = 0

  heard(id: string, now: number): void {
    if (this.#waiting.size < WAITING_MAX && !this.#waiting.has(id)) this.#waiting.set(id, now)
  }

  /** Something came of a message, be it that it could not be decrypted. What was heard before it was dealt with too. */
  understood(id: string, now: number): void {
    this.#understoodAt = now
    const heardAt = this.#waiting.get(id)
    if (heardAt === undefined) return
    for (const [other, at] of this.#waiting) {
      if (at > heardAt) break
      this.#waiting.delete(other)
    }
  }

  isDeaf(now: number): boolean {
    const [oldest] = this.#waiting.values()
    return oldest !== undefined && now - Math.max(oldest, this.#understoodAt) > DEAF_AFTER_MS
  }
}
