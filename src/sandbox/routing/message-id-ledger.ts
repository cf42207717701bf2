/**
 * Detects messages that a device submits twice. A repetition is correct after a retry receipt: Baileys then sends the
 * message again under the same id, and to every device when a phone asked (messages-recv.js sendMessagesAgain). Every
 * other repetition is counted.
 */
import type { Counters } from "../state/counters.ts"

const IDS_MAX = 20_000

/** The ids that devices have submitted, the newest 20,000. */
export class MessageIdLedger {
  /** How often a device may submit an id again, by device and id. */
  readonly #repetitionsAllowed = new Map<string, number>()
  readonly #counters: Counters

  constructor(counters: Counters) {
    this.#counters = counters
  }

  submitted(device: string, messageId: string): void {
    const key = `${device} ${messageId}`
    const allowed = this.#repetitionsAllowed.get(key)
    if (allowed === 0) this.#counters.duplicateMessageIds++
    this.#repetitionsAllowed.set(key, Math.max(0, (allowed ?? 1) - 1))
    if (this.#repetitionsAllowed.size > IDS_MAX) {
      for (const oldest of this.#repetitionsAllowed.keys()) {
        this.#repetitionsAllowed.delete(oldest)
        break
      }
    }
  }

  retryRequested(device: string, messageId: string): void {
    const key = `${device} ${messageId}`
    const allowed = this.#repetitionsAllowed.get(key)
    if (allowed !== undefined) this.#repetitionsAllowed.set(key, allowed + 1)
  }
}
