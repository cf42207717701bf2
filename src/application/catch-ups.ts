/**
 * Clients that read much of the log over a live feed take turns: one page at a time for all of them together, one client after the other.
 * While there are other requests, a turn is followed by a pause of twice its length, so that these find the process idle most of the time.
 */
import { Context, Effect, Layer, PartitionedSemaphore } from "effect"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import { nameOf, type Principal } from "./principal.ts"

export interface CatchUpsShape {
  /** Does this work, a page read and sent, in the client's turn. */
  readonly turn: <A, E, R>(principal: Principal, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Another request is here. */
  readonly noteRequest: () => void
}

/** How long after a request others are expected. */
const BUSY_MS = 100
const PAUSE_SHARE = 2

export class CatchUps extends Context.Service<CatchUps, CatchUpsShape>()("bitacora/application/CatchUps") {
  static readonly layer = Layer.sync(CatchUps, () => {
    const turns = PartitionedSemaphore.makeUnsafe<string>({ permits: 1 })
    let requestedAt = Number.NEGATIVE_INFINITY
    const pause = (since: number) =>
      Effect.suspend(() => {
        const now = performance.now()
        const isBusy = now - requestedAt < BUSY_MS
        return isBusy ? Effect.sleep(PAUSE_SHARE * (now - since)) : yieldToEventLoop
      })
    return CatchUps.of({
      turn: (principal, work) =>
        turns.withPermit(nameOf(principal))(
          Effect.suspend(() => {
            const since = performance.now()
            return Effect.tap(work, () => pause(since))
          })
        ),
      noteRequest: () => {
        requestedAt = performance.now()
      }
    })
  })
}
