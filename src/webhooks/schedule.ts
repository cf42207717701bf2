/** When a failed delivery is tried again, and when no more. Pure; the delays are those of Svix. Keeps HOOK-1. */

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** The delays between the attempts, in milliseconds: 8 attempts within 28 hours. */
export const defaultDelaysMs: readonly number[] = [
  5 * SECOND,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  10 * HOUR
]

/** An endpoint on which every attempt failed for so long is disabled. */
export const DISABLE_AFTER_MS = 120 * HOUR

/** A receiver can ask for a delay within these bounds. */
const ASKED_MIN_MS = SECOND
const ASKED_MAX_MS = HOUR
/** How far a delay is varied up and down, so that endpoints that failed together do not come back together. */
const JITTER = 0.1

export interface Failure {
  /** How many delays of the schedule are over. */
  readonly step: number
  /** How long the first attempt was ago. */
  readonly ageMs: number
  /** The delay that the receiver asked for. */
  readonly askedMs: number | undefined
}

export interface Next {
  readonly step: number
  readonly delayMs: number
}

/**
 * Undefined: there is no further attempt. A delay that the receiver asked for uses up no step, so a receiver that limits its rate is not
 * slowed down more than it asks; it ends when the schedule would have ended. `random`: 0 to 1.
 */
export const nextAttempt = (
  delaysMs: readonly number[],
  { step, ageMs, askedMs }: Failure,
  random: number
): Next | undefined => {
  if (askedMs !== undefined) {
    const wholeMs = delaysMs.reduce((sum, delayMs) => sum + delayMs, 0)
    return ageMs < wholeMs ? { step, delayMs: Math.round(askedMs * (1 + JITTER * random)) } : undefined
  }
  const delayMs = delaysMs[step]
  return delayMs === undefined
    ? undefined
    : { step: step + 1, delayMs: Math.round(delayMs * (1 - JITTER + 2 * JITTER * random)) }
}

const MAY_ASK = new Set([429, 503])

/** The delay of a Retry-After header, in seconds or as a date, within bounds; undefined if the answer names none. */
export const askedDelayMs = (
  { status, retryAfter }: { readonly status: number; readonly retryAfter: string | undefined },
  now: number
): number | undefined => {
  if (retryAfter === undefined || !MAY_ASK.has(status)) return undefined
  const ms = /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) * SECOND : Date.parse(retryAfter) - now
  return Number.isNaN(ms) ? undefined : Math.min(ASKED_MAX_MS, Math.max(ASKED_MIN_MS, ms))
}

/** Parses `5s,5m,30m,2h`; undefined if an entry is not a delay. */
export const delaysOf = (text: string): readonly number[] | undefined => {
  const units: Readonly<Record<string, number>> = { ms: 1, s: SECOND, m: MINUTE, h: HOUR }
  const delays = text.split(",").map((entry) => {
    const [, count, unit = ""] = /^(\d{1,6})(ms|s|m|h)$/.exec(entry.trim()) ?? []
    return count === undefined ? undefined : Number(count) * (units[unit] ?? 1)
  })
  return delays.every((delay) => delay !== undefined) && delays.length <= DELAYS_MAX ? delays : undefined
}

const DELAYS_MAX = 30
