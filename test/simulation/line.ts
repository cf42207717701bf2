/**
 * Makes what a database server answers repeatable: one piece of work at a time, in the order in which they were asked for, and
 * the world hears of each when nothing else moves. How long the server took is then no matter. What it takes away: reads beside a
 * transaction, as they never overlap here (commit-order.db.test.ts is about those).
 */

/** Turns of the event loop without a sign of work, after which nothing moves by itself any more. */
export const QUIET_TURNS = 12

export const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export class Line {
  readonly #delayMs: () => number
  #last: Promise<unknown> = Promise.resolve()
  #length = 0

  /** `delayMs`: by how much slower than it is the server answers, in real time. */
  constructor(delayMs: () => number = () => 0) {
    this.#delayMs = delayMs
  }

  /** Nobody waits and nothing is asked. */
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
