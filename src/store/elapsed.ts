/**
 * Elapsed time: how long something took or has to wait. Setting the clock does not change it. The wall clock tells when something
 * happened, and an operator or a time server may set it forward or back at any moment.
 */
import { type Clock, Effect } from "effect"

/** Milliseconds since a fixed moment of this process; never decreases. */
export const elapsedMsOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000

export const elapsedMs: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => elapsedMsOf(clock)))
