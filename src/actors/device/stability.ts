/** When a connection counts as stable and when as a flap: shared by what the machine remembers and what the policy decides. */

/** An open connection is stable after so many milliseconds: the count of failures begins anew. */
export const STABLE_AFTER_MS = 60_000

/** Flaps older than this are forgotten. */
export const FLAP_WINDOW_MS = 600_000

/** So many flaps within the window, and the breaker opens. */
export const FLAPS_MAX = 10

interface Opening {
  readonly openedAt: number | null
  readonly flaps: readonly number[]
}

/** Whether the connection that is lost at `now` had been stable. */
export const wasStable = ({ openedAt }: Opening, now: number): boolean =>
  openedAt !== null && now - openedAt >= STABLE_AFTER_MS

/** The flaps to remember when the connection is lost at `now`; at most FLAPS_MAX, the newest last. */
export const flapsAfter = ({ openedAt, flaps }: Opening, now: number): readonly number[] => {
  const recent = flaps.filter((at) => now - at < FLAP_WINDOW_MS)
  const isFlap = openedAt !== null && now - openedAt < STABLE_AFTER_MS
  return (isFlap ? [...recent, now] : recent).slice(-FLAPS_MAX)
}
