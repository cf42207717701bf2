/** Bounds how much runs at the same time. For promises on a hot path; elsewhere there is Effect's Semaphore. */

export class Permits {
  #free: number
  readonly #waiting: Array<() => void> = []

  constructor(permits: number) {
    this.#free = permits
  }

  /** Waits until a permit is free, in the order of the calls; undefined if one is free now. The caller gives it back. */
  take(): Promise<void> | undefined {
    if (this.#free > 0) {
      this.#free--
      return undefined
    }
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  give(): void {
    // The permit passes to the next in line.
    const next = this.#waiting.shift()
    if (next === undefined) this.#free++
    else next()
  }
}
