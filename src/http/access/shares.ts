/** Of something that all share: what each one holds at the moment, up to `max`. */
export class Shares {
  readonly #max: number
  readonly #held = new Map<string, number>()

  constructor(max: number) {
    this.#max = max
  }

  /** Takes one for `who`, and answers how to give it back, once; undefined when he has all that he may. */
  take(who: string): (() => void) | undefined {
    const held = this.#held.get(who) ?? 0
    if (held >= this.#max) return undefined
    this.#held.set(who, held + 1)
    return () => this.#giveBack(who)
  }

  #giveBack(who: string): void {
    const held = this.#held.get(who) ?? 0
    if (held > 1) this.#held.set(who, held - 1)
    else this.#held.delete(who)
  }
}
