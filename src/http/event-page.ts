/** A page of a device's events for an answer: bounded in events by whoever asks, and in characters by the store. */
import { Effect } from "effect"
import { readBounded } from "../store/log/bounded-page.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { PageRequest } from "../store/log/event-log-queries.ts"

/** `limit` events behind `after` at most, and whether more follow them. */
export const readPage = ({ after, limit, devices }: Required<Pick<PageRequest, "after" | "limit" | "devices">>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const { events, isLast } = yield* readBounded(log.readAll, { after, limit: limit + 1, devices })
    return { page: events.slice(0, limit), hasMore: !isLast || events.length > limit }
  })
