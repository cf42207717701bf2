/**
 * Notices a connection that is dead although its socket is open. Pure.
 *
 * A silent connection: nothing comes in, not even answers to pings (keep-alive.ts). A deaf connection: stanzas come in, and Baileys
 * processes none of them. WhatsApp still answers its pings, so nothing else would notice it (Baileys#2491: up to fifty hours). Baileys
 * processes messages one after another. When the oldest has waited long, and no message was processed meanwhile, Baileys is stuck.
 */

export interface LivenessLimits {
  /** Time between two pings. */
  readonly pingMs: number
  /** How long nothing may come in, after something did. */
  readonly silentMs: number
  /** How long no message may be processed while a message waits. */
  readonly deafMs: number
}

const WAITING_MAX = 10_000

export class Liveness {
  readonly #limits: LivenessLimits
  /** When each waiting message came in, the oldest first. */
  readonly #waiting = new Map<string, number>()
  #heardAt: number | undefined
  #understoodAt = 0

  constructor(limits: LivenessLimits) {
    this.#limits = limits
  }

  /** Something came in. `now`, here and later: elapsed milliseconds, so that a wall clock that is set makes no connection seem dead. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** A message came in that Baileys has to process. */
  heardMessage(id: string, now: number): void {
    if (this.#waiting.size < WAITING_MAX && !this.#waiting.has(id)) this.#waiting.set(id, now)
  }

  /** Baileys processed a message, or could not decrypt it. Messages that came in earlier are processed too. */
  understood(id: string, now: number): void {
    this.#understoodAt = now
    const heardAt = this.#waiting.get(id)
    if (heardAt === undefined) return
    for (const [other, at] of this.#waiting) {
      if (at > heardAt) break
      this.#waiting.delete(other)
    }
  }

  /** What is wrong, as a sentence; undefined when nothing is wrong. */
  problem(now: number): string | undefined {
    if (this.#heardAt !== undefined && now - this.#heardAt > this.#limits.silentMs) return "WhatsApp is silent"
    const [oldest] = this.#waiting.values()
    const isDeaf = oldest !== undefined && now - Math.max(oldest, this.#understoodAt) > this.#limits.deafMs
    return isDeaf ? "messages arrive but none is processed" : undefined
  }
}
