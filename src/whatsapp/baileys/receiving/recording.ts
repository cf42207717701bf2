/**
 * Waits until messages are recorded. Keeps DEV-4.
 *
 * Baileys confirms a message to its sender after decryption.ts returns: once the message is in the log, and not at all when the connection
 * ends before that.
 */
import type { Incoming } from "../../whatsapp.ts"
import { connectionOver, type SignalQueue } from "../signal-queue.ts"

export class Recording {
  readonly #signals: SignalQueue
  readonly #finish: (incoming: Incoming) => Promise<Incoming>
  /** For each message that Baileys waits for: tells Baileys that the message will not be recorded. */
  readonly #unrecorded = new Set<(reason: Error) => void>()

  /** `finish`: adds what has to be looked up (reading.ts). */
  constructor(signals: SignalQueue, finish: (incoming: Incoming) => Promise<Incoming>) {
    this.#signals = signals
    this.#finish = finish
  }

  /** Resolves when the message is in the log; rejects when the connection ends before that. */
  async record(incoming: Incoming): Promise<void> {
    const message = await this.#finish(incoming)
    return new Promise((resolve, reject) => {
      if (this.#signals.isClosed) {
        reject(connectionOver)
        return
      }
      this.#unrecorded.add(reject)
      const recorded = () => {
        this.#unrecorded.delete(reject)
        resolve()
      }
      this.#signals.emit({ type: "received", messages: [message], recorded })
    })
  }

  /** The connection is over: no message that still waits is confirmed to its sender. */
  giveUp(): void {
    for (const reject of this.#unrecorded) reject(connectionOver)
    this.#unrecorded.clear()
  }
}
