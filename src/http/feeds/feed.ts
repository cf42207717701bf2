/**
 * Serves one client that follows the log: first everything after a position, then new events as they happen. Keeps WS-1 and WS-2.
 *
 * The follower of the log is the only source of every live feed. A dialect words what happens (`Wording`), and a writer sends it over
 * WebSocket, Server-Sent Events or Socket.IO (`FeedWriter`).
 *
 * A feed pulls pages, and stops sending a page when too much is buffered for the client. A client that does not read therefore costs a
 * bounded amount of memory. After a while its feed ends with its last position, from which it can continue. What the log does not hold
 * (QRs, pairing codes, who is online) is sent without a position.
 */
import { Deferred, Effect, Schedule, Schema, Stream } from "effect"
import type { DeviceDirectory } from "../../actors/directory.ts"
import { CatchUps } from "../../application/catch-ups.ts"
import { follow, type Following } from "../../application/live-feed.ts"
import { followedFrames, type LiveFrame } from "../../application/live-frames.ts"
import { keepWatching } from "../../application/presence.ts"
import { TokenWatch } from "../../application/token-watch.ts"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { Devices } from "../../store/devices.ts"
import { elapsedMs } from "../../store/elapsed.ts"
import type { StoreUnavailable } from "../../store/errors.ts"
import { EventLog } from "../../store/log/event-log.ts"
import type { LogPage } from "../../store/log/next-page.ts"

/** How a dialect words what happens, in frames of a type that its writer sends. What the dialect does not show has no frames. */
export interface Wording<Frame, R = never> {
  readonly event: (event: RecordedEvent) => Effect.Effect<readonly Frame[], StoreUnavailable, R>
  /** Words what the log does not hold. */
  readonly live: (frame: LiveFrame) => Effect.Effect<readonly Frame[], StoreUnavailable, R>
  /** What the client gets before the first event, with the position from which it follows. */
  readonly greeting?: Effect.Effect<readonly Frame[], StoreUnavailable, R>
}

/** Sends the frames of one feed to its client. */
export interface FeedWriter<Frame> {
  /** The bytes that are buffered for the client. */
  readonly bufferedBytes: () => number
  /** Sends a frame of the event at this position, or a frame without a position. The client gets it when it reads. */
  readonly send: (frame: Frame, position?: number) => void
  /** Detects clients that have disappeared, where the protocol itself does not. The client has everything up to this position. */
  readonly heartbeat?: { readonly everyMs: number; readonly send: (position: number) => void }
  /** Ends the feed, and tells the client why and where it can continue. */
  readonly end: (ending: Ending, position: number) => void
  /** Resolves when the client has left. */
  readonly left: Effect.Effect<void>
}

/** Why the gateway ends a feed. The codes are the close codes of the WebSocket. */
export interface Ending {
  readonly code: (typeof CLOSE)[keyof typeof CLOSE]
  readonly reason: string
}

export const CLOSE = { revoked: 4401, tooSlow: 4408, trimmed: 4410, storeAway: 4503, stopping: 1001 } as const

class Cut extends Schema.TaggedError<Cut>()("Cut", {
  code: Schema.Literals(Object.values(CLOSE)),
  reason: Schema.String
}) {}

/** A client is too slow when more than `bufferedBytesMax` is buffered for it for longer than `slowAfterMs`. */
export interface Patience {
  readonly bufferedBytesMax: number
  readonly slowAfterMs: number
}

const defaultPatience: Patience = { bufferedBytesMax: 1_000_000, slowAfterMs: 15_000 }

/** How long a client may take to receive the end of its feed. When the gateway stops, it has less time. */
export const lingerMs = (code: Ending["code"]): number => (code === CLOSE.stopping ? 1_000 : 30_000)

const DRAIN_POLL_MS = 20
/** The most events that are read at once. */
const PAGE = 50

export interface Feed<Frame, R> {
  readonly following: Following
  readonly wording: Wording<Frame, R>
  readonly writer: FeedWriter<Frame>
  /** Resolves when the gateway stops. */
  readonly stopping: Deferred.Deferred<void>
  readonly patience?: Patience
}

export type FeedServices = CatchUps | EventLog | Devices | DeviceDirectory | TokenWatch

/** Runs until the client leaves or its feed is ended. */
export const serveFeed = <Frame, R>({
  following,
  wording,
  writer,
  stopping,
  patience = defaultPatience
}: Feed<Frame, R>): Effect.Effect<void, never, FeedServices | R> =>
  Effect.gen(function* () {
    const follower = yield* follow(following)
    const isFull = () => writer.bufferedBytes() > patience.bufferedBytesMax
    const sendPage = ({ events, upTo }: LogPage) =>
      Effect.gen(function* () {
        let sent = 0
        for (const event of events) {
          if (isFull()) return sent
          for (const frame of yield* wording.event(event)) writer.send(frame, event.position)
          // The writer has accepted the event: the client gets it when it reads.
          follower.advance(event.position)
          sent++
        }
        follower.advance(upTo)
        return sent
      })
    const { turn } = yield* CatchUps
    const log = yield* EventLog
    const events = Effect.gen(function* () {
      for (let pageMax = PAGE; ; ) {
        // The page itself is not kept while the client is slow.
        const step = Effect.gen(function* () {
          const page = yield* follower.next(pageMax)
          const sent = yield* sendPage(page)
          return { sent, isComplete: sent === page.events.length }
        })
        const isBehind = log.end() - follower.position() > PAGE
        const { sent, isComplete } = yield* isBehind ? turn(following.principal, step) : step
        if (isComplete) {
          pageMax = PAGE
          continue
        }
        yield* drained(isFull, patience)
        // The events that were not sent are read again, so the next page is not much longer than what was sent.
        pageMax = Math.min(PAGE, 2 * sent + 1)
      }
    })
    // A slow client misses these frames: they are out of date by the time it reads again.
    const sendAll = (frames: readonly Frame[], position?: number) => {
      for (const frame of frames) if (!isFull()) writer.send(frame, position)
    }
    const live = Stream.runForEach(followedFrames(following), (frame) =>
      Effect.map(wording.live(frame), (frames) => sendAll(frames))
    )
    const watching = following.device ? keepWatching(following.device, following.watched) : Effect.void
    const { heartbeat } = writer
    const beat = heartbeat
      ? Effect.repeat(
          Effect.sync(() => heartbeat.send(follower.position())),
          Schedule.spaced(heartbeat.everyMs)
        )
      : Effect.void
    const endings = [watchToken(following), stop(stopping)]
    const greet = Effect.map(wording.greeting ?? Effect.succeed([]), (frames) => sendAll(frames, follower.position()))
    const greeted = Effect.andThen(greet, events)
    const feed = Effect.all([greeted, live, watching, beat, ...endings], { concurrency: "unbounded", discard: true })
    yield* feed.pipe(
      Effect.catchTags({
        StoreUnavailable: () => new Cut({ code: CLOSE.storeAway, reason: "the store is unavailable" }),
        HistoryTrimmed: () => new Cut({ code: CLOSE.trimmed, reason: "the next events were trimmed from the log" })
      }),
      Effect.catchTag("Cut", ({ code, reason }) =>
        Effect.sync(() => writer.end({ code, reason }, follower.position()))
      ),
      Effect.raceFirst(writer.left)
    )
  })

/** Waits until less than the maximum is buffered for the client. */
const drained = (isFull: () => boolean, { slowAfterMs }: Patience): Effect.Effect<void, Cut> =>
  Effect.gen(function* () {
    const since = yield* elapsedMs
    while (isFull()) {
      if ((yield* elapsedMs) - since > slowAfterMs) {
        return yield* new Cut({ code: CLOSE.tooSlow, reason: "too slow" })
      }
      yield* Effect.sleep(DRAIN_POLL_MS)
    }
  })

/** Fails when the token that opened the feed ends. */
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
