/** A page of events that is bounded in characters, too: senders choose how long their texts are. */
import { Effect } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import type { PageRequest } from "./event-log-queries.ts"

export interface BoundedPage {
  readonly events: readonly RecordedEvent[]
  /** Whether there are no more after them, as far as was asked for. */
  readonly isLast: boolean
}

/** No page holds more characters of payload, but for what its last step brought. */
export const CHARACTERS_MAX = 2_000_000
/** Events that are read before they are weighed: a text of 65,536 characters can be six times as long as JSON. */
const STEP = 10

/** `limit` events at most, in order of position; fewer where they are long. */
export const readBounded = <E, R>(
  readAll: (request: PageRequest) => Effect.Effect<readonly RecordedEvent[], E, R>,
  request: PageRequest
): Effect.Effect<BoundedPage, E, R> =>
  Effect.gen(function* () {
    const events: RecordedEvent[] = []
    for (let characters = 0; characters < CHARACTERS_MAX && events.length < request.limit; ) {
      const limit = Math.min(STEP, request.limit - events.length)
      const step = yield* readAll({ ...request, after: events.at(-1)?.position ?? request.after, limit })
      events.push(...step)
      if (step.length < limit) return { events, isLast: true }
      characters += step.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
    }
    return { events, isLast: false }
  })
