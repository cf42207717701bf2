/** One device's rows in the store, for the socket that is its newest. While the store is unavailable, reads and writes wait. */
import { Effect } from "effect"
import type { AuthStateShape, AuthWrite } from "../../../store/auth-state.ts"
import type { StoreUnavailable } from "../../../store/errors.ts"
import { untilAvailable } from "../../../store/until-available.ts"

const RETRY_FIRST_MS = 50
const RETRY_CAP_MS = 1_000

export class DeviceRows {
  readonly #store: AuthStateShape
  readonly #device: number
  readonly #isCurrent: () => boolean

  /** `isCurrent`: whether the socket that this is for is still the device's newest. */
  constructor(store: AuthStateShape, device: number, isCurrent: () => boolean) {
    this.#store = store
    this.#device = device
    this.#isCurrent = isCurrent
  }

  read(category: string, ids?: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    return this.#wait(this.#store.read(this.#device, category, ids))
  }

  /** All of it in one transaction. Writes nothing for a socket that is no longer the newest. */
  async write(writes: readonly AuthWrite[]): Promise<void> {
    if (this.#isCurrent() && writes.length > 0) await this.#wait(this.#store.write(this.#device, writes))
  }

  /** The same, tried once: for what can as well stay as it was. */
  async tryToWrite(writes: readonly AuthWrite[]): Promise<void> {
    if (this.#isCurrent()) await Effect.runPromise(this.#store.write(this.#device, writes))
  }

  #wait<A>(work: Effect.Effect<A, StoreUnavailable>): Promise<A> {
    const schedule = untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS)
    return Effect.runPromise(Effect.retry(work, { schedule, while: this.#isCurrent }))
  }
}
