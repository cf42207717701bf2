/**
 * The order in which a connection's signals reach the actor: each leaves after the signal before it.
 *
 * Some signals have to be completed first (a name is looked up), and some have to wait until what they announce is durable (`paired`
 * waits for the credentials). Signals that come later wait for them, so that the actor hears everything in WhatsApp's order.
 */
import type { Signal } from "../whatsapp.ts"

/** Why something was not recorded. */
export const connectionOver = new Error("the connection is over")

export class SignalQueue {
  readonly #emit: (signal: Signal) => void
  readonly #failed: (failure: unknown) => void
  #isClosed = false
  #last: Promise<void> = Promise.resolve()

  /** `failed`: called when a signal could not be completed or handed over, or work that was waited for failed. */
  constructor(emit: (signal: Signal) => void, failed: (failure: unknown) => void) {
    this.#emit = emit
    this.#failed = failed
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Drops every signal that comes from now on. Signals that came before still leave. */
  close(): void {
    this.#isClosed = true
  }

  /** Resolves when every signal that came so far has left. */
  get drained(): Promise<void> {
    return this.#last
  }

  emit(signal: Signal): void {
    if (!this.#isClosed) this.waitFor(() => this.#emit(signal))
  }

  /** `complete` runs when the signals before this one have left. */
  emitLater(complete: () => Promise<Signal>): void {
    if (!this.#isClosed) this.waitFor(async () => this.#emit(await complete()))
  }

  /** Signals that come later wait for this work. It is done in a closed queue as well. */
  waitFor(work: () => unknown): void {
    this.#last = this.#last.then(work).then(
      () => {},
      (failure: unknown) => this.#failed(failure)
    )
  }
}
