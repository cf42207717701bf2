/**
 * The next page of the log for a reader who holds a position: from memory while the reader keeps up, from the database otherwise.
 * Bounded in events and in characters, so that a slow reader costs one page. Nothing is skipped without the reader being told.
 */
import { Effect } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import { HistoryTrimmed, type StoreUnavailable } from "../errors.ts"
import { CHARACTERS_MAX, readBounded } from "./bounded-page.ts"
import { EventLog } from "./event-log.ts"
import { type EventFilter, matches } from "./event-log-queries.ts"

/** Events that match, in order of position; none where nothing matches up to `upTo`. */
export interface LogPage {
  readonly events: readonly RecordedEvent[]
  /** The position up to which the reader has everything that matches: where the next page begins. */
  readonly upTo: number
}

/**
 * Waits until the log is longer than `after`, and answers at most `eventsMax` events. Fails with HistoryTrimmed where events after
 * `after` were dropped.
 */
export const nextPage = (
  after: number,
  filter: EventFilter,
  eventsMax: number
): Effect.Effect<LogPage, HistoryTrimmed | StoreUnavailable, EventLog> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.grownBeyond(after)
    const recent = log.recent(after, eventsMax)
    if (recent) return pageOf(recent, (event) => matches(event, filter))
    return yield* storedPage(after, { ...filter, upTo: log.end(), eventsMax })
  })

/** From memory: the events of `recent` that are wanted, cut off where they become too long. `recent` is not empty. */
export const pageOf = (recent: readonly RecordedEvent[], isWanted: (event: RecordedEvent) => boolean): LogPage => {
  const events: RecordedEvent[] = []
  let upTo = 0
  let characters = 0
  for (const event of recent) {
    if (characters >= CHARACTERS_MAX) break
    upTo = event.position
    if (!isWanted(event)) continue
    events.push(event)
    characters += event.text?.length ?? 0
  }
  return { events, upTo }
}

interface StoredRange extends EventFilter {
  readonly upTo: number
  readonly eventsMax: number
}

/** From the database. */
export const storedPage = (after: number, { upTo, eventsMax, ...filter }: StoredRange) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    // Reading the embedded store gives nobody else a turn.
    yield* Effect.yieldNow
    const { events, isLast } = yield* readBounded(log.readAll, { ...filter, after, upTo, limit: eventsMax })
    // Looked at afterwards: what was dropped while the page was read is missing from it.
    const { position: start } = yield* log.start
    if (after < start) return yield* new HistoryTrimmed({ start: start + 1 })
    return { events, upTo: isLast ? upTo : (events.at(-1)?.position ?? upTo) }
  })
