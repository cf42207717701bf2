/**
 * Serves one WebSocket that follows the log: first everything after a position, then new events as they happen. Keeps WS-1 and WS-2.
 *
 * It pulls pages, and stops sending a page when too much is buffered for the client. A client that does not read therefore costs a
 * bounded amount of memory. After a while its socket is closed with its last position, from which it can continue. What the log does
 * not hold (QRs, pairing codes, who is online) is sent as frames without a position.
 */
import { Deferred, Effect, Schedule, Schema, Stream } from "effect"
import type { WebSocket } from "ws"
import type { DeviceDirectory } from "../actors/directory.ts"
import { CatchUps } from "../application/catch-ups.ts"
import { follow, type Following } from "../application/live-feed.ts"
import { followedFrames, type LiveFrame } from "../application/live-frames.ts"
import { keepWatching } from "../application/presence.ts"
import { TokenWatch } from "../application/token-watch.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import type { Devices } from "../store/devices.ts"
import { elapsedMs } from "../store/elapsed.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { LogPage } from "../store/log/next-page.ts"

/** How a dialect writes the frames. */
export interface Frames {
  /** Returns the text of an event's frame. */
  readonly event: (event: RecordedEvent) => string
  readonly live: (frame: LiveFrame) => string
}

/** The close codes of this API. */
export const CLOSE = { revoked: 4401, tooSlow: 4408, trimmed: 4410, storeAway: 4503, stopping: 1001 } as const

class Cut extends Schema.TaggedError<Cut>()("Cut", { code: Schema.Int, reason: Schema.String }) {}

/** A client is too slow when more than `bufferedBytesMax` is buffered for it for longer than `slowAfterMs`. */
export interface Patience {
  readonly bufferedBytesMax: number
  readonly slowAfterMs: number
}

const defaultPatience: Patience = { bufferedBytesMax: 1_000_000, slowAfterMs: 15_000 }

/** When the gateway stops, a client that does not answer the closing handshake is cut off after this time. */
const CLOSE_HANDSHAKE_MS = 1_000
const DRAIN_POLL_MS = 20
const PING_MS = 30_000
/** The most events that are read at once. */
const PAGE = 50

/** Runs until the client leaves or its socket is closed. `stopping` resolves when the gateway stops. */
export const followOn = (
  socket: WebSocket,
  following: Following,
  frames: Frames,
  stopping: Deferred.Deferred<void>,
  patience: Patience = defaultPatience
): Effect.Effect<void, never, CatchUps | EventLog | Devices | DeviceDirectory | TokenWatch> =>
  Effect.gen(function* () {
    const follower = yield* follow(following)
    const sendPage = ({ events, upTo }: LogPage): number => {
      let sent = 0
      for (const event of events) {
        if (socket.bufferedAmount > patience.bufferedBytesMax) return sent
        socket.send(frames.event(event))
        // The socket has accepted the event: the client gets it when it reads.
        follower.advance(event.position)
        sent++
      }
      follower.advance(upTo)
      return sent
    }
    const { turn } = yield* CatchUps
    const log = yield* EventLog
    const events = Effect.gen(function* () {
      for (let pageMax = PAGE; ; ) {
        const step = Effect.map(follower.next(pageMax), (page) => ({ page, sent: sendPage(page) }))
        const isBehind = log.end() - follower.position() > PAGE
        const { page, sent } = yield* isBehind ? turn(following.principal, step) : step
        if (sent === page.events.length) {
          pageMax = PAGE
          continue
        }
        yield* drained(socket, patience)
        // The events that were not sent are read again, so the next page is not much longer than what was sent.
        pageMax = Math.min(PAGE, 2 * sent + 1)
      }
    })
    const live = Stream.runForEach(followedFrames(following), (frame) =>
      Effect.sync(() => {
        // A slow client misses frames: they are out of date by the time it reads again.
        if (socket.bufferedAmount <= patience.bufferedBytesMax) socket.send(frames.live(frame))
      })
    )
    const watching = following.device ? [keepWatching(following.device, following.watched)] : []
    const endings = [watchToken(following), stop(stopping), ping(socket)]
    const work = Effect.all([events, live, ...watching, ...endings], { concurrency: "unbounded", discard: true })
    yield* work.pipe(
      Effect.catchTags({
        StoreUnavailable: () => new Cut({ code: CLOSE.storeAway, reason: "the store is unavailable" }),
        HistoryTrimmed: () => new Cut({ code: CLOSE.trimmed, reason: "the next events were trimmed from the log" })
      }),
      Effect.catchTag("Cut", ({ code, reason }) =>
        Effect.sync(() => {
          socket.close(code, JSON.stringify({ reason, position: follower.position() }))
          if (code === CLOSE.stopping) setTimeout(() => socket.terminate(), CLOSE_HANDSHAKE_MS).unref()
        })
      ),
      Effect.raceFirst(closed(socket))
    )
  })

/** Waits until less than the maximum is buffered for the client. */
const drained = (socket: WebSocket, { bufferedBytesMax, slowAfterMs }: Patience): Effect.Effect<void, Cut> =>
  Effect.gen(function* () {
    const since = yield* elapsedMs
    while (socket.bufferedAmount > bufferedBytesMax) {
      if ((yield* elapsedMs) - since > slowAfterMs) {
        return yield* new Cut({ code: CLOSE.tooSlow, reason: "too slow" })
      }
      yield* Effect.sleep(DRAIN_POLL_MS)
    }
  })

/** Fails when the token that opened the socket ends. */
const watchToken = ({ principal }: Following): Effect.Effect<never, Cut | StoreUnavailable, TokenWatch> =>
  Effect.gen(function* () {
    const watch = yield* TokenWatch
    yield* watch.ended(principal)
    return yield* new Cut({ code: CLOSE.revoked, reason: "the token has ended" })
  })

const stop = (stopping: Deferred.Deferred<void>): Effect.Effect<never, Cut> =>
  Effect.andThen(
    Deferred.await(stopping),
    Effect.suspend(() => new Cut({ code: CLOSE.stopping, reason: "the gateway stops" }))
  )

/** Detects clients that disappeared without closing. */
const ping = (socket: WebSocket): Effect.Effect<unknown, Cut> =>
  Effect.suspend(() => {
    let isAlive = true
    socket.on("pong", () => {
      isAlive = true
    })
    return Effect.sync(() => {
      if (!isAlive) socket.terminate()
      isAlive = false
      socket.ping()
    }).pipe(Effect.repeat(Schedule.spaced(PING_MS)))
  })

const closed = (socket: WebSocket): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    const done = () => resume(Effect.void)
    socket.once("close", done)
    socket.once("error", done)
    if (socket.readyState === socket.CLOSED) done()
  })
