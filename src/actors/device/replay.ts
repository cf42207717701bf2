/** What a device was at some point of its history: folded from its own stream, from where that begins. Keeps LOG-5. */
import { Effect } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import { deviceStream } from "../../events/streams.ts"
import type { DeviceContext } from "../../events/stream-state.ts"
import { HistoryTrimmed, type StoreUnavailable } from "../../store/errors.ts"
import { LogReader } from "../../store/log/log-reader.ts"
import { yieldToEventLoop } from "../../store/yield-to-event-loop.ts"
import { beginningOf } from "./beginning.ts"
import { foldRecorded } from "./evolve.ts"
import type { DeviceState } from "./machine.ts"

/** Up to and with a position, or a time in epoch milliseconds; neither is now. */
export interface Point {
  readonly position?: number
  readonly time?: number
}

export interface Replayed {
  /** null before the device's first event. */
  readonly state: DeviceState | null
  readonly context: DeviceContext | null
  /** Events of the stream that were folded; the last one's position and time. */
  readonly version: number
  readonly position: number | null
  readonly recordedAt: number | null
  /** The last of the events that led there, in order. */
  readonly transitions: readonly RecordedEvent[]
}

/** What is read and folded before others have their turn. */
const PAGE = 100
const TRANSITIONS_MAX = 100

/**
 * Reads one stream, a page at a time. Fails for a point before the place where the log was trimmed; dies on a history that cannot
 * have happened.
 */
export const replayDevice = (
  deviceId: string,
  { position = Number.MAX_SAFE_INTEGER, time = Number.MAX_SAFE_INTEGER }: Point
): Effect.Effect<Replayed, HistoryTrimmed | StoreUnavailable, LogReader> =>
  Effect.gen(function* () {
    const log = yield* LogReader
    const stream = deviceStream(deviceId)
    const beginning = yield* beginningOf(log, stream)
    const { position: start, recordedAt: startedAt } = yield* log.start
    if (beginning.version > 0 && (position < start || time < startedAt)) {
      return yield* new HistoryTrimmed({ start: start + 1 })
    }
    const timeOf = yield* log.times
    let { snapshot } = beginning
    let last: Omit<Replayed, "state" | "context"> = {
      version: beginning.version,
      position: beginning.version > 0 ? beginning.position : null,
      recordedAt: null,
      transitions: []
    }
    for (;;) {
      const page = yield* log.readStream(stream, last.version, PAGE)
      const upTo = page.filter((event) => event.position <= position && timeOf(event) <= time)
      snapshot = foldRecorded(snapshot, upTo)
      const end = upTo.at(-1)
      const transitions = [...last.transitions, ...upTo].slice(-TRANSITIONS_MAX)
      if (end) last = { version: end.version, position: end.position, recordedAt: end.recordedAt, transitions }
      if (page.length < PAGE || upTo.length < page.length) break
      yield* yieldToEventLoop
    }
    const isBorn = last.version > 0
    return { state: isBorn ? snapshot.value : null, context: isBorn ? snapshot.context : null, ...last }
  })
