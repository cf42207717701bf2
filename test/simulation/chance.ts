/** Random numbers that a seed repeats (mulberry32). */

export class Chance {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** At least 0, less than 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = this.#state
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** At least 0, less than `end`. */
  below(end: number): number {
    return Math.floor(this.next() * end)
  }

  one<A>(of: readonly A[]): A {
    return of[this.below(of.length)] as A
  }

  /** One of the entries, chosen by their weights. */
  weighted<A>(entries: readonly (readonly [weight: number, value: A])[]): A {
    let left = this.next() * entries.reduce((sum, [weight]) => sum + weight, 0)
    for (const [weight, value] of entries) {
      left -= weight
      if (left < 0) return value
    }
    return (entries.at(-1) as readonly [number, A])[1]
  }
}
