/** While the store is unavailable, webhooks wait: what there is to write is kept, and nothing is posted. */
import { Effect } from "effect"
import { StoreUnavailable } from "../store/errors.ts"
import { untilAvailable } from "../store/until-available.ts"

const RETRY_FIRST_MS = 100
const RETRY_CAP_MS = 5_000

export const patiently = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<A, Exclude<E, StoreUnavailable>, R> =>
  Effect.retry(work, {
    schedule: untilAvailable(RETRY_FIRST_MS, RETRY_CAP_MS),
    while: (failure: unknown) => failure instanceof StoreUnavailable
  }) as Effect.Effect<A, Exclude<E, StoreUnavailable>, R>
