/** The schedule of whoever must not give up while the store is away: doubling pauses, capped, without end. */
import { Duration, Effect, Schedule } from "effect"

export const untilAvailable = (firstMs: number, capMs: number): Schedule.Schedule<Duration.Duration> =>
  Schedule.exponential(firstMs).pipe(
    Schedule.modifyDelay(({ duration }) => Effect.succeed(Duration.min(duration, Duration.millis(capMs))))
  )
