/**
 * Once an hour, what has become too old is forgotten: idempotency keys, payloads, events; and files that arrived for messages that
 * never came about, and what an interrupted erasure or trimming left. None of it can be taken back: earliest-time.ts says what time it is.
 */
import { Clock, Effect, Schedule } from "effect"
import type { Logger } from "pino"
import { trimByAge } from "./actors/trim.ts"
import type { Settings } from "./config.ts"
import { CommandLog } from "./store/command-log.ts"
import { EarliestTime } from "./store/earliest-time.ts"
import { elapsedMs } from "./store/elapsed.ts"
import { sweepMedia } from "./store/media/media-references.ts"
import { applyRetention } from "./store/erasure/retention.ts"
import { openAuditKey } from "./store/audit/signed-head.ts"
import { dropBeforeStart } from "./store/erasure/trimming.ts"

/** How long an idempotency key is remembered. */
export const COMMANDS_KEPT_MS = 86_400_000
const HOUR_MS = 3_600_000

type What = Pick<Settings, "retention" | "dataDirectory">

/** Never ends; what fails is tried again an hour later. */
export const forgetWhatIsOld = (what: What, logger: Logger) => {
  const time = new EarliestTime()
  return Effect.gen(function* () {
    const commands = yield* CommandLog
    const now = time.look(yield* Clock.currentTimeMillis, yield* elapsedMs)
    // What nobody foresaw in one of them must not keep the others from being done.
    const tried = <E, R>(work: Effect.Effect<unknown, E, R>) =>
      work.pipe(
        Effect.ignore,
        Effect.catchCause((cause) => Effect.sync(() => logger.error({ cause: String(cause) }, "not forgotten yet")))
      )
    yield* tried(commands.purge(now - COMMANDS_KEPT_MS))
    yield* tried(applyRetention(what.retention, now))
    yield* tried(trimOld(what, now, logger))
    yield* tried(sweepMedia(now - HOUR_MS))
  }).pipe(Effect.repeat(Schedule.spaced(HOUR_MS)))
}

const trimOld = ({ retention: { envelopes }, dataDirectory }: What, now: number, logger: Logger) =>
  Effect.gen(function* () {
    if (envelopes === undefined) {
      yield* dropBeforeStart()
      return
    }
    const origin = { who: "gateway", commandId: null, causation: null, correlation: null }
    const trimming = yield* trimByAge(now - envelopes, { key: openAuditKey(dataDirectory), origin })
    if (trimming) logger.info({ start: trimming.position + 1 }, "the beginning of the log was dropped, by its age")
  }).pipe(Effect.tapError((failure) => Effect.sync(() => logger.error(failure.message))))
