/** Bounds how much runs at the same time. For promises on a hot path; elsewhere there is Effect's Semaphore. */

export class Permits {
  #free: number
  readonly #waiting: Array<() => void> = []

  constructor(permits: number) {
    this.#free = permits
  }

  /** Runs `work` when a permit is free, in the order of the calls. */
  async run<A>(work: () => Promise<A>): Promise<A> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The permit passes to the next in line.
      const next = this.#waiting.shift()
      if (next === undefined) this.#free++
      else next()
    }
  }
}
