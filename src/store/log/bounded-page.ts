/** A page of events that is bounded in characters as well, because senders choose the length of their texts. */
import { Effect } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { PageRequest } from "./event-log-queries.ts"

export interface BoundedPage {
  readonly events: readonly RecordedEvent[]
  /** Whether no requested events follow. */
  readonly isLast: boolean
}

/** A page ends once it has this many characters of payload. */
export const CHARACTERS_MAX = 2_000_000
/** How many events are read before their length is counted. As JSON, a text of 65,536 characters can be six times as long. */
const STEP = 10

/** Returns at most `limit` events in order of position; fewer if they are long. */
export const readBounded = <E, R>(
  readAll: (request: PageRequest) => Effect.Effect<readonly RecordedEvent[], E, R>,
  request: PageRequest
): Effect.Effect<BoundedPage, E, R> =>
  inSteps(request.limit, (last, limit) => readAll({ ...request, after: last ?? request.after, limit }))

/** The same, the newest first. */
export const readNewestBounded = <E, R>(
  readNewest: (request: Newest) => Effect.Effect<readonly RecordedEvent[], E, R>,
  request: Newest
): Effect.Effect<BoundedPage, E, R> =>
  inSteps(request.limit, (last, limit) => readNewest({ before: last ?? request.before, limit }))

interface Newest {
  /** Events before this position. */
  readonly before: number
  readonly limit: number
}

/** `read`: the events that follow the last position, undefined for none yet. */
const inSteps = <E, R>(
  limit: number,
  read: (last: number | undefined, limit: number) => Effect.Effect<readonly RecordedEvent[], E, R>
): Effect.Effect<BoundedPage, E, R> =>
  Effect.gen(function* () {
    const events: RecordedEvent[] = []
    for (let characters = 0; characters < CHARACTERS_MAX && events.length < limit; ) {
      const atOnce = Math.min(STEP, limit - events.length)
      const step = yield* read(events.at(-1)?.position, atOnce)
      events.push(...step)
      if (step.length < atOnce) return { events, isLast: true }
      characters += step.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
    }
    return { events, isLast: false }
  })
