/**
 * Makes the responses of a database server repeatable: one piece of work at a time, in the order of the calls, and a result is passed
 * on only when nothing else is pending. The server's speed then has no influence. Reads do not overlap with transactions here;
 * commit-order.db.test.ts tests that.
 */

/** Turns of the event loop without any activity, after which only the clock can start new work. */
export const QUIET_TURNS = 12

export const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export class Line {
  readonly #delayMs: () => number
  #last: Promise<unknown> = Promise.resolve()
  #length = 0

  /** `delayMs`: an extra delay of every response of the server, in real milliseconds. */
  constructor(delayMs: () => number = () => 0) {
    this.#delayMs = delayMs
  }

  /** No work is queued or running. */
  get isEmpty(): boolean {
    return this.#length === 0
  }

  async take<A>(work: () => Promise<A>): Promise<A> {
    const before = this.#last
    const { promise: over, resolve: leave } = Promise.withResolvers<void>()
    this.#last = over
    this.#length++
    try {
      await before
      await turns(QUIET_TURNS)
      return await work()
    } finally {
      const delayMs = this.#delayMs()
      if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
      await turns(QUIET_TURNS)
      this.#length--
      leave()
    }
  }
}
