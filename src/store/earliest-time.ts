/**
 * What time it is at the earliest: for those who destroy what has become old, and cannot take it back.
 *
 * A wall clock that was set forward may be wrong. It is believed when it has been seen so for a day; one that was set back is
 * believed at once. The first look of a process has nothing to compare with.
 */

/** Looks come once an hour. */
const LOOKS = 24

export class EarliestTime {
  /** How far the wall clock was ahead of elapsed time, look by look. */
  readonly #leads: number[] = []

  /** Takes a look at both clocks (milliseconds); answers epoch milliseconds. */
  look(wallMs: number, elapsedMs: number): number {
    this.#leads.push(wallMs - elapsedMs)
    this.#leads.splice(0, this.#leads.length - LOOKS)
    return elapsedMs + Math.min(...this.#leads)
  }
}
