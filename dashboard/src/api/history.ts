/** What happened to a device. */
import { call } from "./client.ts"
import type { Event, Replay, States } from "./models.ts"

const of = (id: string, what: string, query: Readonly<Record<string, string>>): string =>
  `/v1/devices/${encodeURIComponent(id)}/${what}?${new URLSearchParams(query).toString()}`

export const getStates = (id: string, from: number, to: number): Promise<States> =>
  call("GET", of(id, "states", { from: new Date(from).toISOString(), to: new Date(to).toISOString() }))

/** `at`: a position, or a time in ISO 8601. */
export const getReplay = (id: string, at: string): Promise<Replay> => call("GET", of(id, "replay", { at }))

export interface EventPage {
  readonly items: readonly Event[]
  /** The `before` of the next page. */
  readonly next: string | null
}

const PAGE = 100

/** The newest first. `types`: empty for all. */
export const getEvents = (id: string, before: string | undefined, types: readonly string[]): Promise<EventPage> =>
  call(
    "GET",
    of(id, "events", {
      order: "newest",
      limit: String(PAGE),
      ...(before === undefined ? {} : { before }),
      ...(types.length === 0 ? {} : { types: types.join(",") })
    })
  )
