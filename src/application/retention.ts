/**
 * The retention job. Once an hour it deletes what is too old: idempotency keys, tokens, payloads, events, files, and at once files of
 * messages that were never recorded. It also finishes what an interrupted erasure or trimming left. Nothing of this can be undone, so
 * earliest-time.ts decides what time it is. Keeps LOG-8.
 */
import { Clock, Effect, Schedule } from "effect"
import type { Logger } from "pino"
import { BulkSends } from "../store/bulk/bulk-sends.ts"
import { CommandLog } from "../store/command-log.ts"
import { EarliestTime } from "../store/earliest-time.ts"
import { elapsedMs } from "../store/elapsed.ts"
import { expireMedia, sweepMedia } from "../store/media/media-references.ts"
import { applyRetention } from "../store/erasure/retention.ts"
import { openAuditKey } from "../store/audit/signed-head.ts"
import { dropBeforeStart } from "../store/erasure/trimming.ts"
import { positionAt } from "../store/log/position-at.ts"
import { Deliveries } from "../store/webhook/deliveries.ts"
import { KEYS_KEPT_MS } from "./idempotency.ts"
import type { RetentionRulesShape } from "./retention-rules.ts"
import { endExpiredTokens } from "./tokens.ts"
import { trimByAge } from "./trimming.ts"

const HOUR_MS = 3_600_000
/** Bulk sends are listed for so long after their end. */
const BULK_KEPT_MS = 30 * 24 * HOUR_MS

export interface RetentionSettings extends RetentionRulesShape {
  /** Holds the key that signs a trimming. */
  readonly dataDirectory: string
}

/** Never ends. A step that fails is tried again an hour later. */
export const retentionJob = (settings: RetentionSettings, logger: Logger) => {
  const time = new EarliestTime()
  return Effect.gen(function* () {
    const commands = yield* CommandLog
    const now = time.look(yield* Clock.currentTimeMillis, yield* elapsedMs)
    // A defect in one step must not prevent the others.
    const tried = <E, R>(work: Effect.Effect<unknown, E, R>) =>
      work.pipe(
        Effect.ignore,
        Effect.catchCause((cause) =>
          Effect.sync(() =>
            logger.error({ cause: String(cause) }, "the retention job failed; it runs again in an hour")
          )
        )
      )
    yield* tried(commands.purge(now - KEYS_KEPT_MS))
    yield* tried(endExpiredTokens(now))
    yield* tried(purgeDeliveries(now - settings.webhooks.keptMs))
    yield* tried(purgeBulkSends(now - BULK_KEPT_MS))
    yield* tried(applyRetention(settings.retention, now))
    yield* tried(trimOld(settings, now, logger))
    yield* tried(sweepMedia(now - HOUR_MS))
    const { files } = settings.retention
    if (files !== undefined) yield* tried(expireMedia(now - files))
  }).pipe(Effect.repeat(Schedule.spaced(HOUR_MS)))
}

const purgeBulkSends = (beforeMs: number) => Effect.flatMap(BulkSends, ({ purge }) => purge(beforeMs))

const purgeDeliveries = (beforeMs: number) =>
  Effect.gen(function* () {
    yield* (yield* Deliveries).purge(yield* positionAt(beforeMs))
  })

const trimOld = ({ retention: { envelopes }, dataDirectory }: RetentionSettings, now: number, logger: Logger) =>
  Effect.gen(function* () {
    if (envelopes === undefined) {
      yield* dropBeforeStart()
      return
    }
    const origin = { who: "gateway", commandId: null, causation: null, correlation: null }
    const { trimming, heldBy } = yield* trimByAge(now - envelopes, { key: openAuditKey(dataDirectory), origin })
    if (heldBy !== null) logger.warn(`events that RETENTION would drop are kept: ${heldBy}`)
    if (trimming) logger.info({ start: trimming.position + 1 }, "the log was trimmed by age")
  }).pipe(Effect.tapError((failure) => Effect.sync(() => logger.error(failure.message))))
