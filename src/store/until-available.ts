/** A retry schedule without end, for work that must wait until the store is back: the delay doubles up to a cap. */
import { Duration, Effect, Schedule } from "effect"

export const untilAvailable = (firstMs: number, capMs: number): Schedule.Schedule<Duration.Duration> =>
  Schedule.exponential(firstMs).pipe(
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.millis(capMs))))
  )
