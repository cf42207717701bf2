/**
 * Which owners' content was erased a short while ago, and up to which position of the log. A request that was made before an erasure can
 * arrive after it: its receiver, or a file, may have taken its time. Keeps LOG-8 for the test receiver.
 */

/** Longer than a request can be on its way. */
const REMEMBERED_MS = 600_000

interface Erasure {
  readonly position: number
  /** Elapsed milliseconds. */
  readonly until: number
}

export class RecentErasures {
  readonly #byOwner = new Map<number, Erasure>()
  #ofAll: Erasure | undefined

  /** `position`: that of the event that records the erasure. `now`: elapsed milliseconds. */
  note(owner: number | "all", position: number, now: number): void {
    const erasure = { position, until: now + REMEMBERED_MS }
    if (owner === "all") this.#ofAll = erasure
    else this.#byOwner.set(owner, erasure)
  }

  /** Whether a request of an owner may repeat what was erased after it was made. `webhookId`: `msg_<position>_…`; others tell no event. */
  mayRepeat(owner: number, webhookId: string, now: number): boolean {
    const [, digits] = /^msg_(\d+)_/.exec(webhookId) ?? []
    if (digits === undefined) return false
    return [this.#byOwner.get(owner), this.#ofAll].some(
      (erasure) => erasure !== undefined && now < erasure.until && Number(digits) < erasure.position
    )
  }

  expire(now: number): void {
    for (const [owner, { until }] of this.#byOwner) if (now >= until) this.#byOwner.delete(owner)
  }
}
