/** What follows from an attempt: delivered, tried again later, parked, or the endpoint is disabled. Pure. Keeps HOOK-1 and HOOK-5. */
import type { DisabledReason } from "../events/webhook.ts"
import { type Attempt, type Delivery, HISTORY_MAX } from "../store/webhook/delivery.ts"
import type { AttemptOutcome } from "./attempt.ts"
import { askedDelayMs, DISABLE_AFTER_MS, nextAttempt } from "./schedule.ts"

export interface Verdict {
  readonly delivery: Delivery
  /** The endpoint gets nothing more. */
  readonly disable: Exclude<DisabledReason, "requested"> | undefined
}

export interface Situation {
  readonly position: number
  /** The delivery as it was before this attempt; undefined for the first one. */
  readonly before: Delivery | undefined
  /** When the first of the endpoint's latest failures was. */
  readonly failingSince: number | null
  readonly delaysMs: readonly number[]
  /** Epoch milliseconds. */
  readonly now: number
  /** 0 to 1. */
  readonly random: number
}

const GONE = 410

export const verdictOn = (outcome: AttemptOutcome, situation: Situation): Verdict => {
  const { before, failingSince, delaysMs, now, random } = situation
  const { attempt, isDelivered, retryAfter } = outcome
  const tried = withAttempt(situation, attempt)
  if (isDelivered) return { delivery: { ...tried, status: "delivered" }, disable: undefined }
  const parked = { ...tried, status: "parked" as const }
  if (attempt.status === GONE) return { delivery: parked, disable: "gone" }
  if (failingSince !== null && now - failingSince >= DISABLE_AFTER_MS) return { delivery: parked, disable: "failing" }
  const failure = {
    step: before?.step ?? 0,
    ageMs: now - tried.firstAt,
    askedMs: askedDelayMs({ status: attempt.status, retryAfter }, now)
  }
  const next = nextAttempt(delaysMs, failure, random)
  if (next === undefined) return { delivery: parked, disable: undefined }
  const { step, delayMs } = next
  return { delivery: { ...tried, status: "failing", step, delayMs, nextAt: now + delayMs }, disable: undefined }
}

/** The delivery with one more attempt, and no next one. */
export const withAttempt = (
  { position, before }: Pick<Situation, "position" | "before">,
  attempt: Attempt
): Omit<Delivery, "status"> => ({
  position,
  attempts: (before?.attempts ?? 0) + 1,
  history: [...(before?.history ?? []), attempt].slice(-HISTORY_MAX),
  step: before?.step ?? 0,
  firstAt: before?.firstAt ?? attempt.at,
  nextAt: null,
  delayMs: null
})
