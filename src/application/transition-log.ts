/** Writes a line to the program's log for every change of a device's state. Operators look there first. */
import { Effect, Schedule } from "effect"
import type { Logger } from "pino"
import { deviceEvents } from "../events/device.ts"
import { runSubscription } from "../store/subscriptions/run.ts"
import { Subscriptions } from "../store/subscriptions/subscriptions.ts"

export const TRANSITION_LOG = "transition-log"

const REOPEN_MS = 1_000

/**
 * Never ends. It is a subscription, so that the next start logs what was recorded while the gateway stopped. A new subscription
 * begins with what happens from then on. After a kill, up to a second of lines may appear again.
 */
export const logTransitions = (logger: Logger): Effect.Effect<void, never, Subscriptions> =>
  Effect.gen(function* () {
    const { open } = yield* Subscriptions
    const subscription = yield* open(TRANSITION_LOG, { from: "now" })
    yield* runSubscription(
      subscription,
      ({ events }) =>
        Effect.sync(() => {
          for (const { stream, type, fromState: from, toState: to } of events) {
            if (to !== null && from !== to) logger.info({ device: stream.replace("device/", ""), from, to }, type)
          }
        }),
      { types: deviceEvents.map(({ type }) => type) }
    )
  }).pipe(Effect.retry(Schedule.spaced(REOPEN_MS)), Effect.ignore)
