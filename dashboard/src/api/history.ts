/** What happened to a device. */
import { call } from "./client.ts"
import type { Event, Replay, States } from "./models.ts"

const of = (id: string, what: string, query: Readonly<Record<string, string>>): string =>
  `/v1/devices/${encodeURIComponent(id)}/${what}?${new URLSearchParams(query).toString()}`

export const getStates = (id: string, from: number, to: number): Promise<States> =>
  call("GET", of(id, "states", { from: new Date(from).toISOString(), to: new Date(to).toISOString() }))

/** `at`: a position, or a time in ISO 8601; now without. */
export const getReplay = (id: string, at: string | undefined): Promise<Replay> => call("GET", replayPath(id, at))

export const replayPath = (id: string, at: string | undefined): string =>
  of(id, "replay", at === undefined ? {} : { at })

export interface EventPage {
  readonly items: readonly Event[]
  /** The `before` of the next page. */
  readonly next: string | null
}

export interface EventsWanted {
  /** Only events before this position. */
  readonly before?: string | undefined
  /** Empty for all. */
  readonly types: readonly string[]
  readonly limit: number
}

/** The newest first. */
export const getEvents = (id: string, wanted: EventsWanted): Promise<EventPage> => call("GET", eventsPath(id, wanted))

export const eventsPath = (id: string, { before, types, limit }: EventsWanted): string =>
  of(id, "events", {
    order: "newest",
    limit: String(limit),
    ...(before === undefined ? {} : { before }),
    ...(types.length === 0 ? {} : { types: types.join(",") })
  })
