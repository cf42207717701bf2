/**
 * Streams that catch up with the log take turns: they read one page at a time in all, one client after the other. While there are other
 * requests, a delay of twice the turn's length follows each turn, so that the process is idle most of the time.
 */
import { Context, Effect, Layer, PartitionedSemaphore } from "effect"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import { nameOf, type Principal } from "./principal.ts"

export interface CatchUpsShape {
  /** Runs this work, reading and sending one page, in the client's turn. */
  readonly turn: <A, E, R>(principal: Principal, work: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>
  /** Notes that another request has arrived. */
  readonly noteRequest: () => void
}

/** For how long after a request more requests are expected. */
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
