/**
 * Follows the log from a position that only this process knows: for live streams, whose clients hold their positions themselves.
 * Keeps WS-1. A follower that must continue after a restart is a subscription (subscriptions.ts).
 */
import { Effect, Stream } from "effect"
import type { RecordedEvent } from "../../events/envelope.ts"
import { Devices, OPERATOR } from "../devices.ts"
import type { HistoryTrimmed, StoreUnavailable } from "../errors.ts"
import { EventLog } from "../log/event-log.ts"
import { type EventFilter, matches } from "../log/event-log-queries.ts"
import { type LogPage, nextPage, pageOf, storedPage } from "../log/next-page.ts"

/** Which events to follow. `owner`: those of all devices that the owner has or had, including devices added later. */
export interface Interest extends EventFilter {
  readonly owner?: number | undefined
}

export interface Follower {
  /** The last position that the reader has. */
  readonly position: () => number
  /** Records that the reader has everything up to `position`. An earlier position changes nothing. */
  readonly advance: (position: number) => void
  /** Waits for events after the current position, and returns the next page, as `pages` does. */
  readonly next: (eventsMax?: number) => Effect.Effect<LogPage, HistoryTrimmed | StoreUnavailable>
  /**
   * Pages after the current position, without end, with at most `eventsMax` events each. A page without events tells how far nothing
   * matches. Does not move the position: a reader that took only a part of a page advances that far and asks again.
   */
  readonly pages: (eventsMax?: number) => Stream.Stream<LogPage, HistoryTrimmed | StoreUnavailable>
}

export const EVENTS_MAX = 200

/** Begins after the position `after`. */
export const openFollower = (
  after: number,
  interest: Interest = {}
): Effect.Effect<Follower, never, EventLog | Devices> =>
  Effect.gen(function* () {
    const context = yield* Effect.context<EventLog | Devices>()
    const next = nextOf(interest)
    let position = after
    return {
      position: () => position,
      advance: (to) => {
        position = Math.max(position, to)
      },
      next: (eventsMax = EVENTS_MAX) => Effect.suspend(() => Effect.provideContext(next(position, eventsMax), context)),
      pages: (eventsMax = EVENTS_MAX) =>
        Stream.suspend(() =>
          Stream.unfold(position, (seen: number) =>
            next(seen, eventsMax).pipe(
              Effect.map((page) => [page, page.upTo] as const),
              Effect.provideContext(context)
            )
          )
        )
    }
  })

type Next = (
  after: number,
  eventsMax: number
) => Effect.Effect<LogPage, HistoryTrimmed | StoreUnavailable, EventLog | Devices>

const nextOf = ({ owner, ...filter }: Interest): Next =>
  owner === undefined ? (after, eventsMax) => nextPage(after, filter, eventsMax) : nextOfOwner(owner, filter)

/**
 * Events in memory are filtered by the owner's devices. Older events are read along the index of each device, so that a reader that is
 * far behind does not read the events of all owners. Both know every device that was registered up to the page's end.
 */
const nextOfOwner = (owner: number, filter: EventFilter): Next => {
  const own = new Set<number>()
  const isOwn = (event: RecordedEvent): boolean => {
    if (event.device === null) return false
    if (event.type === "device.registered" && ownerOf(event) === owner) own.add(event.device)
    return own.has(event.device)
  }
  /** `own` contains all devices that the owner had up to this position. */
  let known = 0
  return (after, eventsMax) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.grownBeyond(after)
      const recent = after <= known ? log.recent(after, eventsMax) : undefined
      if (recent) {
        const page = pageOf(recent, (event) => isOwn(event) && matches(event, filter))
        known = Math.max(known, page.upTo)
        return page
      }
      const upTo = log.end()
      for (const number of yield* (yield* Devices).numbersOf(owner)) own.add(number)
      known = Math.max(known, upTo)
      const devices = filter.devices?.filter((device) => own.has(device)) ?? [...own]
      return yield* storedPage(after, { ...filter, devices, upTo, eventsMax })
    })
}

const ownerOf = ({ text }: RecordedEvent): number | undefined => {
  if (text === null) return undefined
  const { owner } = JSON.parse(text) as { owner: { readonly kind: string; readonly number?: number } }
  return owner.kind === "operator" ? OPERATOR : owner.number
}
