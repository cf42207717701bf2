/** When a connection counts as stable and when as a flap: shared by what the machine remembers and what the policy decides. */

/** An open connection is stable after so many milliseconds: the count of failures begins anew. */
export const STABLE_AFTER_MS = 60_000

/** Flaps older than this are forgotten. */
export const FLAP_WINDOW_MS = 600_000

/**
 * So many flaps within the window, and the breaker opens: the network does not hold a connection. Each further attempt waits for the longest
 * pause, until a connection was stable.
 */
export const FLAPS_MAX = 10

interface Opening {
  readonly openedAt: number | null
  readonly flaps: readonly number[]
}

/** The end of a connection. */
export interface End {
  /** Epoch milliseconds. */
  readonly at: number
  /** How long it had been open, as measured; undefined when it was not, or not yet recorded by older releases. */
  readonly openMs?: number | undefined
}

/** Whether the connection that ended had been stable. */
export const wasStable = (opening: Opening, end: End): boolean => {
  const openMs = openFor(opening, end)
  return openMs !== undefined && openMs >= STABLE_AFTER_MS
}

/** Whether the breaker is open. */
export const isFlapping = (flaps: readonly number[]): boolean => flaps.length >= FLAPS_MAX

/** The flaps to remember when the connection has ended; at most FLAPS_MAX, the newest last. */
export const flapsAfter = (opening: Opening, end: End): readonly number[] => {
  // The count begins anew. Times alone would not say so where the clock was set back meanwhile.
  if (end.openMs !== undefined && end.openMs >= STABLE_AFTER_MS) return []
  if (isFlapping(opening.flaps)) return wasStable(opening, end) ? [] : opening.flaps
  const recent = opening.flaps.filter((at) => end.at - at < FLAP_WINDOW_MS)
  const openMs = openFor(opening, end)
  const isFlap = openMs !== undefined && openMs < STABLE_AFTER_MS
  return (isFlap ? [...recent, end.at] : recent).slice(-FLAPS_MAX)
}

const openFor = ({ openedAt }: Opening, { at, openMs }: End): number | undefined =>
  openMs ?? (openedAt === null ? undefined : at - openedAt)
