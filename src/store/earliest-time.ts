/**
 * The earliest time that it can be: for jobs that delete old data, which cannot be undone.
 *
 * The wall clock may have been set forward by mistake. It is trusted once it has shown the later time for a day. A clock that was set
 * back is trusted at once. The first look of a process has nothing to compare with.
 */

/** The job looks once an hour. */
const LOOKS = 24

export class EarliestTime {
  /** How far the wall clock was ahead of elapsed time at each look. */
  readonly #leads: number[] = []

  /** Takes both clocks in milliseconds; returns epoch milliseconds. */
  look(wallMs: number, elapsedMs: number): number {
    this.#leads.push(wallMs - elapsedMs)
    this.#leads.splice(0, this.#leads.length - LOOKS)
    return elapsedMs + Math.min(...this.#leads)
  }
}
