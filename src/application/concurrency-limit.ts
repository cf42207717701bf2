/** At most so many of something at a time for each client. */
export class ConcurrencyLimit {
  readonly max: number
  readonly #held = new Map<string, number>()

  constructor(max: number) {
    this.max = max
  }

  /** Takes one for `client`, and answers how to give it back, once; undefined when the client holds `max` already. */
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
