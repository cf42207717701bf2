/**
 * One WebSocket that follows the log: everything behind a position, then what happens. Keeps WS-1 and WS-2.
 *
 * Pages are pulled, and let go when too much waits for the client: one that does not read costs what waits for it, however large
 * the events behind that are, and after a while it is cut with its last position, from which it can go on. QRs and pairing codes
 * come as frames without a position.
 */
import { Deferred, Effect, PubSub, Schedule, Schema, Stream } from "effect"
import type { WebSocket } from "ws"
import { DeviceDirectory } from "../actors/directory.ts"
import type { RecordedEvent } from "../events/envelope.ts"
import { DeviceId } from "../events/ids.ts"
import { Devices } from "../store/devices.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { PageRequest } from "../store/log/event-log-queries.ts"
import type { Principal } from "./access/accounts.ts"
import { TokenWatch } from "./access/token-watch.ts"
import { visibleTo } from "./device-access.ts"

export interface Following {
  readonly principal: Principal
  /** Behind this position. */
  readonly after: number
  /** One device's number; undefined follows all that the principal may see. */
  readonly device: number | undefined
  readonly types: readonly string[] | undefined
  /** An event as the text of a frame. */
  readonly frame: (event: RecordedEvent) => string
  /** Done when the gateway stops. */
  readonly stopping?: Deferred.Deferred<void>
}

/** Close codes of this API, and their reasons. */
export const CLOSE = { revoked: 4401, tooSlow: 4408, storeAway: 4503, stopping: 1001 } as const

class Cut extends Schema.TaggedError<Cut>()("Cut", { code: Schema.Int, reason: Schema.String }) {}

/** A client is too slow when more than `bufferedBytesMax` waits for it, and goes on doing so for `slowAfterMs`. */
export interface Patience {
  readonly bufferedBytesMax: number
  readonly slowAfterMs: number
}

const defaultPatience: Patience = { bufferedBytesMax: 1_000_000, slowAfterMs: 15_000 }

/** A client that does not answer the farewell of a gateway that stops is cut off. */
const FAREWELL_MS = 1_000
const DRAIN_POLL_MS = 20
const PING_MS = 30_000

/** Runs until the client leaves or is cut; then the socket is closed. */
export const followOn = (
  socket: WebSocket,
  following: Following,
  patience: Patience = defaultPatience
): Effect.Effect<void, never, EventLog | Devices | DeviceDirectory | TokenWatch> =>
  Effect.gen(function* () {
    let seen = following.after
    const sendPage = (page: readonly RecordedEvent[]): number => {
      let sent = 0
      for (const event of page) {
        if (socket.bufferedAmount > patience.bufferedBytesMax) break
        socket.send(following.frame(event))
        // From here on the client has it, or will have when it reads.
        seen = event.position
        sent++
      }
      return sent
    }
    const frames = Effect.gen(function* () {
      for (let pageMax = PAGE; ; ) {
        let sent = 0
        yield* events({ ...following, after: seen }, pageMax).pipe(
          Stream.runForEachWhile((page) =>
            Effect.sync(() => {
              const count = sendPage(page)
              sent += count
              return count === page.length
            })
          )
        )
        yield* drained(socket, patience)
        // What is let go is read again: not much more of it than will go.
        pageMax = Math.min(PAGE, 2 * sent + 1)
      }
    })
    const endings = [watchToken(following.principal), stop(following.stopping), ping(socket)]
    const work = Effect.all([frames, secrets(socket, following), ...endings], {
      concurrency: "unbounded",
      discard: true
    })
    yield* work.pipe(
      Effect.catchTag("StoreUnavailable", () =>
        Effect.fail(new Cut({ code: CLOSE.storeAway, reason: "the store is not available" }))
      ),
      Effect.catchTag("Cut", ({ code, reason }) =>
        Effect.sync(() => {
          socket.close(code, JSON.stringify({ reason, position: seen }))
          if (code === CLOSE.stopping) setTimeout(() => socket.terminate(), FAREWELL_MS).unref()
        })
      ),
      Effect.raceFirst(closed(socket))
    )
  })

/** At most so many events are read at once. */
const PAGE = 50

/** What the client is to get, in order and in pages. */
const events = (
  following: Following,
  pageMax: number
): Stream.Stream<readonly RecordedEvent[], StoreUnavailable, EventLog | Devices> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const log = yield* EventLog
      const devices = yield* Devices
      const { principal, types, device, after } = following
      const owner = visibleTo(principal)
      const typed = types === undefined ? {} : { types }
      if (device !== undefined) return log.follow(after, { devices: [device], ...typed }, pageMax)
      if (owner === "everybody") return log.follow(after, typed, pageMax)
      // What is recorded up to here is read along the indexes of the user's devices; after that he may get new ones.
      const end = log.end()
      const own = new Set(yield* devices.numbersOf(owner))
      const past = pages(log, { after, upTo: end, devices: [...own], ...typed, limit: pageMax })
      const live = log.follow(Math.max(end, after), {}, pageMax).pipe(
        Stream.map((page) => page.filter((event) => isOwn(event, own, owner) && (types?.includes(event.type) ?? true))),
        Stream.filter((page) => page.length > 0)
      )
      return Stream.concat(past, live)
    })
  )

const pages = (
  log: EventLog["Service"],
  request: PageRequest
): Stream.Stream<readonly RecordedEvent[], StoreUnavailable> =>
  Stream.unfold(request.after, (after: number) =>
    // Reading the embedded store gives nobody else a turn.
    Effect.yieldNow.pipe(
      Effect.andThen(log.readAll({ ...request, after })),
      Effect.map((page) => {
        const last = page.at(-1)
        return last && ([page, last.position] as const)
      })
    )
  )

/** Takes note of devices that the user adds while he follows. */
const isOwn = (event: RecordedEvent, own: Set<number>, owner: number): boolean => {
  if (event.device === null) return false
  if (event.type === "device.registered" && event.text !== null) {
    const { owner: registrant } = JSON.parse(event.text) as { owner: { number?: number } }
    if (registrant.number === owner) own.add(event.device)
  }
  return own.has(event.device)
}

/** Waits until not too much waits for the client. */
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

/** Frames without a position: QRs and codes of the moment. */
export const secretTypes = ["pairing.qr", "pairing.code"] as const
type SecretType = (typeof secretTypes)[number]

/** QRs and codes of the moment, for whoever may see the device. */
const secrets = (
  socket: WebSocket,
  { principal, device, types }: Following
): Effect.Effect<never, StoreUnavailable, Devices | DeviceDirectory> =>
  Effect.scoped(
    Effect.gen(function* () {
      const directory = yield* DeviceDirectory
      const devices = yield* Devices
      const shown = yield* directory.secretsShown
      const wants = (type: SecretType) => types?.includes(type) ?? true
      for (;;) {
        const id = yield* PubSub.take(shown)
        const row = yield* devices.byDeviceId(id)
        const owner = visibleTo(principal)
        if (!row || (owner !== "everybody" && row.owner !== owner)) continue
        if (device !== undefined && row.number_id !== device) continue
        const live = yield* directory.live(DeviceId.make(id))
        if (live?.qr && wants("pairing.qr"))
          socket.send(secretFrame("pairing.qr", id, { qr: live.qr.text }, live.qr.expiresAt))
        if (live?.code && wants("pairing.code"))
          socket.send(secretFrame("pairing.code", id, { code: live.code.text }, live.code.expiresAt))
      }
    })
  )

const secretFrame = (type: SecretType, device: string, secret: Record<string, string>, expiresAt: number): string =>
  JSON.stringify({ type, device, ...secret, expiresAt: new Date(expiresAt).toISOString() })

/** Fails when the token that opened the socket is revoked. */
const watchToken = (principal: Principal): Effect.Effect<never, Cut | StoreUnavailable, TokenWatch> =>
  principal.kind === "operator"
    ? Effect.never
    : Effect.gen(function* () {
        const watch = yield* TokenWatch
        yield* watch.revoked(principal.tokenId)
        return yield* new Cut({ code: CLOSE.revoked, reason: "the token was revoked" })
      })

const stop = (stopping: Following["stopping"]): Effect.Effect<never, Cut> =>
  stopping === undefined
    ? Effect.never
    : Effect.andThen(
        Deferred.await(stopping),
        Effect.suspend(() => new Cut({ code: CLOSE.stopping, reason: "the gateway stops" }))
      )

/** Notices peers that went away without a word. */
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
