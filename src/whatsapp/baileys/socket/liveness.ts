/**
 * Notices a connection that is dead and does not say so.
 *
 * One that is silent: nothing comes in, answers to pings neither (keep-alive.ts). One that is deaf: stanzas come in, and nothing comes of them. Pings are answered all the while, so nothing
 * else would ever notice (Baileys#2491: up to fifty hours). Baileys handles messages one after the other; when the oldest has
 * waited long and none has come through since, it is stuck for good.
 */

export interface LivenessLimits {
  /** Between two pings. */
  readonly pingMs: number
  /** How long nothing at all may be heard, once something was. */
  readonly silentMs: number
  /** How long nothing may come of what was heard. */
  readonly deafMs: number
}

const WAITING_MAX = 10_000

export class Liveness {
  readonly #limits: LivenessLimits
  /** When each message that waits was heard, the oldest first. */
  readonly #waiting = new Map<string, number>()
  #heardAt: number | undefined
  #understoodAt = 0

  constructor(limits: LivenessLimits) {
    this.#limits = limits
  }

  /** Anything came in. `now`, here and later: elapsed milliseconds, so that no clock that is set makes everything seem dead at once. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** A message came in of which something must come. */
  heardMessage(id: string, now: number): void {
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

  /** What is wrong, as a sentence; undefined when nothing is. */
  problem(now: number): string | undefined {
    if (this.#heardAt !== undefined && now - this.#heardAt > this.#limits.silentMs) return "nothing is heard any more"
    const [oldest] = this.#waiting.values()
    const isDeaf = oldest !== undefined && now - Math.max(oldest, this.#understoodAt) > this.#limits.deafMs
    return isDeaf ? "messages come in and nothing comes of them" : undefined
  }
}
