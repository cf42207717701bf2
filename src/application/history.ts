/** A device's recorded history: its events in pages, and its state at any point. Keeps LOG-5. */
import { Context, Effect, Layer, Schema } from "effect"
import { type Point, replayDevice } from "../actors/device/replay.ts"
import { readBounded } from "../store/log/bounded-page.ts"
import { EventLog } from "../store/log/event-log.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { ConcurrencyLimit } from "./concurrency-limit.ts"
import { findDevice } from "./device-access.ts"
import { nameOf, type Principal } from "./principal.ts"

/** Transient: the client has the maximum number of history responses in progress. A response stays in memory until its client has read it. */
export class TooManyReadings extends Schema.TaggedError<TooManyReadings>()("TooManyReadings", { max: Schema.Int }) {
  override get message(): string {
    return `at most ${this.max} history responses may be in progress per client; read them to their end, then try again`
  }
}

const READINGS_MAX = 10

/** History responses that each client has in progress. */
export class Readings extends Context.Service<Readings, ConcurrencyLimit>()("bitacora/application/Readings") {
  static readonly layer = Layer.sync(Readings, () => new ConcurrencyLimit(READINGS_MAX))
}

/** Takes a place among the client's history responses. Call the returned function once the response has left. */
export const startReading = (principal: Principal): Effect.Effect<() => void, TooManyReadings, Readings> =>
  Effect.gen(function* () {
    const readings = yield* Readings
    return readings.take(nameOf(principal)) ?? (yield* new TooManyReadings({ max: READINGS_MAX }))
  })

/** Returns a page of a device's events after a position, and whether more follow. `limit` bounds the events, the store the characters. */
export const readEvents = (
  principal: Principal,
  reference: string,
  { after, limit }: { readonly after: number; readonly limit: number }
) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    const log = yield* EventLog
    const from = yield* readableAfter(after)
    const request = { after: from, limit: limit + 1, devices: [device.deviceNumber] }
    const { events, isLast } = yield* readBounded(log.readAll, request)
    return { events: events.slice(0, limit), hasMore: !isLast || events.length > limit }
  })

/** Returns the device as its events describe it at a point, and the last events that led there. */
export const replay = (principal: Principal, reference: string, at: Point) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    return { device, replayed: yield* replayDevice(device.id, at) }
  })
