/**
 * The next page of the log for a reader that holds a position: from memory while the reader keeps up, otherwise from the database.
 * A page is bounded in events and characters, so that a slow reader costs one page. No event is skipped without an error.
 */
import { Effect } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import { HistoryTrimmed, type StoreUnavailable } from "../errors.ts"
import { CHARACTERS_MAX, readBounded } from "./bounded-page.ts"
import { EventLog } from "./event-log.ts"
import { type EventFilter, matches } from "./event-log-queries.ts"

/** Matching events in order of position; empty if nothing matches up to `upTo`. */
export interface LogPage {
  readonly events: readonly RecordedEvent[]
  /** The reader has everything that matches up to this position. The next page begins after it. */
  readonly upTo: number
}

/**
 * Waits until the log is longer than `after`, then returns at most `eventsMax` events. Fails with HistoryTrimmed if events after
 * `after` were trimmed.
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

/** A page from memory: the wanted events of `recent`, cut off where they get too long. `recent` must not be empty. */
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

/** A page from the database. */
export const storedPage = (after: number, { upTo, eventsMax, ...filter }: StoredRange) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    // The embedded store reads synchronously, so other work gets its turn here.
    yield* Effect.yieldNow
    const { events, isLast } = yield* readBounded(log.readAll, { ...filter, after, upTo, limit: eventsMax })
    // Checked after the read: events that were dropped during the read are missing from the page.
    const { position: start } = yield* log.start
    if (after < start) return yield* new HistoryTrimmed({ start: start + 1 })
    return { events, upTo: isLast ? upTo : (events.at(-1)?.position ?? upTo) }
  })
