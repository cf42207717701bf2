/**
 * The end of the log in memory: the last events for those who follow the log, and a signal when it grows.
 *
 * A follower holds its own position and pulls. While it keeps up, it reads from memory. A follower that falls behind reads from the
 * database until it has caught up, so a slow follower costs no memory.
 */
import type { RecordedEvent } from "../../events/envelope.ts"

export class Tail {
  readonly #eventsMax: number
  readonly #charactersMax: number
  #events: RecordedEvent[] = []
  #characters = 0
  #end: number
  readonly #waiting = new Set<() => void>()

  /** Keeps at most `eventsMax` events and `charactersMax` characters of payload. `end`: the log's last position now. */
  constructor(end: number, eventsMax = 4_096, charactersMax = 8_000_000) {
    this.#end = end
    this.#eventsMax = eventsMax
    this.#charactersMax = charactersMax
  }

  /** The last committed position. */
  get end(): number {
    return this.#end
  }

  /** Adds events that were just committed, in order of position. */
  publish(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      this.#events.push(event)
      this.#characters += event.text?.length ?? 0
      this.#end = event.position
    }
    this.#trim()
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const wake of waiting) wake()
  }

  /** At most `limit` events after `position`; undefined if some of them are no longer in memory. */
  after(position: number, limit: number): readonly RecordedEvent[] | undefined {
    if (position >= this.#end) return []
    const first = this.#events[0]?.position
    if (first === undefined || position < first - 1) return undefined
    const start = position - first + 1
    return this.#events.slice(start, start + limit)
  }

  /** Removes the payloads at these positions, which were erased. */
  redact(positions: ReadonlySet<number>): void {
    this.#events = this.#events.map((event) => {
      if (!positions.has(event.position)) return event
      this.#characters -= event.text?.length ?? 0
      return withoutPayload(event)
    })
  }

  /** Removes the events up to and including `position`, which were dropped. */
  drop(position: number): void {
    this.#events = this.#events.filter((event) => {
      if (event.position > position) return true
      this.#characters -= event.text?.length ?? 0
      return false
    })
  }

  /** Calls `wake` once when the log grows beyond `position`. Returns a function that cancels the wait. */
  onGrown(position: number, wake: () => void): () => void {
    if (this.#end > position) {
      wake()
      return () => {}
    }
    this.#waiting.add(wake)
    return () => this.#waiting.delete(wake)
  }

  /** Removes half of the events at a time, so that trimming costs next to nothing per event. */
  #trim(): void {
    while (this.#events.length > this.#eventsMax || this.#characters > this.#charactersMax) {
      const gone = this.#events.splice(0, Math.max(1, this.#events.length >> 1))
      for (const event of gone) this.#characters -= event.text?.length ?? 0
    }
  }
}

/** An appended event also carries its parsed data. */
const withoutPayload = (event: RecordedEvent): RecordedEvent => {
  const rest: RecordedEvent & { readonly data?: unknown } = { ...event, text: null }
  if ("data" in rest) return { ...rest, data: null } as RecordedEvent
  return rest
}
