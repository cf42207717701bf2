/** The log from a position on, as followers read it: page after page, without end. */
import { Effect, Stream } from "effect"
import type { EventFilter } from "../../src/store/log/event-log-queries.ts"
import { nextPage } from "../../src/store/log/next-page.ts"

/** Pages with at least one event. */
export const followLog = (after: number, filter: EventFilter = {}, eventsMax = 200) =>
  Stream.unfold(after, (seen: number) =>
    Effect.map(nextPage(seen, filter, eventsMax), (page) => [page.events, page.upTo] as const)
  ).pipe(Stream.filter((events) => events.length > 0))
