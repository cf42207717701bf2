/** A device's recorded history: its events in pages, and its state at any point. Keeps LOG-5. */
import { Effect } from "effect"
import { type Point, replayDevice } from "../actors/device/replay.ts"
import { readBounded, readNewestBounded } from "../store/log/bounded-page.ts"
import { EventLog } from "../store/log/event-log.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { readableAfter } from "../store/log/log-start.ts"
import { readStateChanges } from "../store/state-changes.ts"
import { findDevice } from "./device-access.ts"
import type { Principal } from "./principal.ts"

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

/** The same, the newest first: events before a position, of these types. */
export const readNewestEvents = (
  principal: Principal,
  reference: string,
  {
    before,
    limit,
    types
  }: { readonly before: number; readonly limit: number; readonly types: readonly string[] | undefined }
) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    const log = yield* LogReader
    const after = yield* readableAfter(0)
    const read = (request: { readonly before: number; readonly limit: number }) =>
      log.readDeviceNewest({ device: device.deviceNumber, after, types, ...request })
    const { events, isLast } = yield* readNewestBounded(read, { before, limit: limit + 1 })
    return { events: events.slice(0, limit), hasMore: !isLast || events.length > limit }
  })

/** When a device changed its state within a time, oldest first, and the change before that. At most `CHANGES_MAX`, the newest. */
export const stateChanges = (
  principal: Principal,
  reference: string,
  { from, to }: { readonly from: number; readonly to: number }
) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    return { device, ...(yield* readStateChanges(device.id, { from, to, limit: CHANGES_MAX })) }
  })

const CHANGES_MAX = 2_000

/** Returns the device as its events describe it at a point, and the last events that led there. */
export const replay = (principal: Principal, reference: string, at: Point) =>
  Effect.gen(function* () {
    const device = yield* findDevice(principal, reference, { withRemoved: true })
    return { device, replayed: yield* replayDevice(device.id, at) }
  })
