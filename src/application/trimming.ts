/**
 * Trims the log: verifies its beginning, keeps the state of each device there, and drops it. Keeps LOG-5 and LOG-6.
 *
 * It walks both chains up to the new start first. A log that was changed is not trimmed, so that the change can still be found.
 * Devices are folded up to the new start; messages before it are not kept. store/erasure/trimming.ts deletes the rows.
 */
import { Effect, Schema } from "effect"
import type { Origin } from "../events/envelope.ts"
import type { WalkedStream } from "../events/hash-chain.ts"
import type { StreamStart, Trimming } from "../events/log-start.ts"
import { deviceState, erasureState, writeState } from "../events/stream-state.ts"
import { deviceStream, erasureStream } from "../events/streams.ts"
import type { Database } from "../store/database.ts"
import type { StoreUnavailable } from "../store/errors.ts"
import type { EventLog } from "../store/log/event-log.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { streamStarts } from "../store/log/log-start.ts"
import type { MediaFolder } from "../store/media/media-folder.ts"
import { yieldToEventLoop } from "../store/yield-to-event-loop.ts"
import { positionAt } from "../store/log/position-at.ts"
import type { AuditKey } from "../store/audit/signed-head.ts"
import {
  dropBeforeStart,
  erasedMessagesOf,
  recordStart,
  type StillUnread,
  trimmableBefore
} from "../store/erasure/trimming.ts"
import { verifyLog } from "../store/audit/verification.ts"
import { replayDevice } from "../actors/device/replay.ts"

/** Rejection: the part to drop does not verify. Nothing was dropped. */
export class LogChanged extends Schema.TaggedError<LogChanged>()("LogChanged", {
  position: Schema.Int,
  reason: Schema.String
}) {
  override get message(): string {
    return `the log does not verify (position ${this.position}: ${this.reason}); nothing was dropped, so that the cause can be investigated`
  }
}

export interface TrimOptions {
  readonly key: AuditKey
  readonly origin: Origin
  /** Called with the current step and how far it is. */
  readonly progress?: (doing: "verified" | "dropped", position: number, end: number) => void
}

type TrimFailure = LogChanged | StillUnread | StoreUnavailable
type Needed = Database | EventLog | LogReader | MediaFolder

const DAY_MS = 86_400_000

export interface TrimmedByAge {
  /** Null when nothing was dropped. */
  readonly trimming: Trimming | null
  /** A sentence about what still needs events that are due; null when nothing does. */
  readonly heldBy: string | null
}

/**
 * Drops what was recorded until `dueMs` (epoch milliseconds). Trims at most once a day, so that the log does not fill with starts.
 * Always finishes what an interrupted earlier call left.
 */
export const trimByAge = (dueMs: number, options: TrimOptions): Effect.Effect<TrimmedByAge, TrimFailure, Needed> =>
  Effect.gen(function* () {
    yield* dropBeforeStart()
    const log = yield* LogReader
    const { position: start } = yield* log.start
    const [oldest] = yield* log.readAll({ after: start, limit: 1 })
    if (oldest === undefined || (yield* log.times)(oldest) > dueMs - DAY_MS) return { trimming: null, heldBy: null }
    const { upTo, heldBy } = yield* trimmableBefore((yield* positionAt(dueMs)) + 1)
    return { trimming: yield* trimLog(upTo, options), heldBy }
  })

/**
 * Drops everything up to and including `upTo` (from `trimmableBefore`). Returns null when nothing is left to drop. Must not run
 * concurrently. Finishes what an interrupted earlier call left.
 */
export const trimLog = (
  upTo: number,
  { key, origin, progress = () => {} }: TrimOptions
): Effect.Effect<Trimming | null, TrimFailure, Needed> =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const dropRows = dropBeforeStart((at, end) => progress("dropped", at, end))
    yield* dropRows
    const from = (yield* log.start).position + 1
    if (upTo < from) return null
    let walked: ReadonlyMap<string, WalkedStream> = new Map()
    const verdict = yield* verifyLog(
      { from, to: upTo, publicKey: key.publicKey },
      {
        progress: (at, end) => progress("verified", at, end),
        arrived: (streams) => {
          walked = streams
        }
      }
    ).pipe(Effect.catchTag("HistoryTrimmed", Effect.die))
    if (!verdict.valid) return yield* new LogChanged(verdict)
    const { streams, gone } = yield* streamsAt(upTo, walked)
    const last = yield* log.readPosition(upTo)
    if (last === undefined) return yield* new LogChanged({ position: upTo, reason: "removed" })
    const start = { position: last.position, hash: last.hash, recordedAt: last.recordedAt }
    const trimming = yield* recordStart(start, { streams, gone, key, origin })
    yield* dropRows
    return trimming
  })

/** Where every stream stood at `position`, and the state of the streams whose beginning is dropped. */
const streamsAt = (position: number, walked: ReadonlyMap<string, WalkedStream>) =>
  Effect.gen(function* () {
    const all = new Map<string, StreamStart>()
    for (const start of yield* streamStarts) all.set(start.stream, start)
    for (const [stream, head] of walked) all.set(stream, { state: null, ...head, stream })
    const gone: number[] = []
    for (const stream of all.keys()) {
      if (!stream.startsWith(DEVICE)) continue
      yield* yieldToEventLoop
      const deviceId = stream.slice(DEVICE.length)
      const state = yield* stateAt(deviceId, position)
      if (state === null) continue
      if (state.gone) gone.push(state.number)
      const note = (name: string, text: string | null) => {
        const start = all.get(name)
        if (start) all.set(name, { ...start, state: text })
      }
      note(stream, state.gone ? null : state.device)
      note(erasureStream(deviceId), state.gone ? null : state.erasures)
    }
    return { streams: [...all.values()], gone }
  })

const DEVICE = deviceStream("")

/** `gone`: the device was removed and has no later event. Null for a device that an earlier trimming dropped. */
const stateAt = (deviceId: string, position: number) =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const { state, context } = yield* replayDevice(deviceId, { position }).pipe(
      Effect.catchTag("HistoryTrimmed", Effect.die)
    )
    const number = context?.deviceNumber
    if (state === null || context === null || number == null) return null
    const later = yield* log.readAll({ devices: [number], after: position, limit: 1 })
    const messages = yield* erasedMessagesOf(number)
    return {
      number,
      gone: state === "removed" && later.length === 0,
      device: writeState(deviceState, { state, context }),
      erasures: messages.length > 0 ? writeState(erasureState, { device: number, messages }) : null
    }
  })
