/**
 * Time that nobody sets: for how long something took or has to wait. The wall clock is for when something happened; an operator or a
 * time server may set it forward or back at any moment.
 */
import { type Clock, Effect } from "effect"

/** Milliseconds since a moment that stays the same as long as the process lives; never goes back. */
export const elapsedMsOf = (clock: Clock.Clock): number => Number(clock.monotonicTimeNanosUnsafe() / 1_000n) / 1_000

export const elapsedMs: Effect.Effect<number> = Effect.clockWith((clock) => Effect.sync(() => elapsedMsOf(clock)))
