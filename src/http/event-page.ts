/** A page of events for an answer: bounded in events by whoever asks, and in bytes here. */
import { Effect } from "effect"
import type { RecordedEvent } from "../events/envelope.ts"
import { EventLog } from "../store/log/event-log.ts"
import type { PageRequest } from "../store/log/event-log-queries.ts"

/** A page ends early rather than hold more characters of payload: senders choose how long their texts are. */
const PAGE_CHARACTERS = 2_000_000
const STEP = 100

/** `limit` events behind `after` at most, and whether more follow them. */
export const readPage = ({ after, limit, devices }: Required<Pick<PageRequest, "after" | "limit" | "devices">>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const page: RecordedEvent[] = []
    let characters = 0
    while (characters < PAGE_CHARACTERS) {
      const wanted = Math.min(STEP, limit + 1 - page.length)
      const step = yield* log.readAll({ after: page.at(-1)?.position ?? after, limit: wanted, devices })
      page.push(...step)
      if (page.length > limit) return { page: page.slice(0, limit), hasMore: true }
      if (step.length < wanted) return { page, hasMore: false }
      characters += step.reduce((sum, { text }) => sum + (text?.length ?? 0), 0)
    }
    return { page, hasMore: true }
  })
