/** What the gateway keeps, for how long, what was dropped, and what is due: for the operator. Changes nothing. */
import { Clock, Effect } from "effect"
import { newestTrimming } from "../store/audit/recorded-trimming.ts"
import { trimmableBefore } from "../store/erasure/trimming.ts"
import { LogReader } from "../store/log/log-reader.ts"
import { positionAt } from "../store/log/position-at.ts"
import { retainableTypes } from "../store/projections/registry.ts"
import { RetentionRules } from "./retention-rules.ts"

export const retentionView = Effect.gen(function* () {
  const { retention, webhooks } = yield* RetentionRules
  const log = yield* LogReader
  const now = yield* Clock.currentTimeMillis
  const { position: start } = yield* log.start
  const [oldest] = yield* log.readAll({ after: start, limit: 1 })
  const { envelopes } = retention
  const due = envelopes === undefined ? undefined : yield* trimmableBefore((yield* positionAt(now - envelopes)) + 1)
  return {
    payloads: retainableTypes.map((type) => ({ type, keptMs: retention[type] ?? null })),
    filesKeptMs: retention.files ?? null,
    eventsKeptMs: envelopes ?? null,
    deliveriesKeptMs: webhooks.keptMs,
    /** The first position that is left, and when it was recorded. */
    first: { position: start + 1, recordedAt: oldest?.recordedAt ?? null },
    lastTrimming: yield* newestTrimming,
    /** What the next trimming by age drops; null where nothing is trimmed by age. */
    due: due === undefined ? null : { events: due.upTo - start, heldBy: due.heldBy }
  }
})
