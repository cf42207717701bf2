/** Between two pages of something long: sockets, timers and the garbage collector get their turn. */
import { Effect } from "effect"

export const yieldToEventLoop: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})
