/** Lets sockets, timers and the garbage collector run between two pages of long work. */
import { Effect } from "effect"

export const yieldToEventLoop: Effect.Effect<void> = Effect.callback<void>((resume) => {
  const turn = setImmediate(() => resume(Effect.void))
  return Effect.sync(() => clearImmediate(turn))
})
