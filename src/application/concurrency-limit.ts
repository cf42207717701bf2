/** Limits how many of something each client may have at a time. */
export class ConcurrencyLimit {
  readonly max: number
  readonly #held = new Map<string, number>()

  constructor(max: number) {
    this.max = max
  }

  /** Takes one for `client` and returns a function that gives it back, to be called once; undefined when the client holds `max`. */
  take(client: string): (() => void) | undefined {
    const held = this.#held.get(client) ?? 0
    if (held >= this.max) return undefined
    this.#held.set(client, held + 1)
    return () => this.#giveBack(client)
  }

  #giveBack(client: string): void {
    const held = this.#held.get(client) ?? 0
    if (held > 1) this.#held.set(client, held - 1)
    else this.#held.delete(client)
  }
}
