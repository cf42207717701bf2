/** The states of a device over a time, and the device at one moment of it. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { gatewayNow } from "../api/client.ts"
import { getEvents, getReplay, getStates } from "../api/history.ts"
import type { Device, Event, Replay, States } from "../api/models.ts"
import { LINKING, STATES } from "./event-types.ts"
import { useEvery } from "./polled.ts"

/** The bands grow to the right so often. */
const EACH_MS = 60_000
/** So many events that led to a moment are shown. */
const LED_THERE = 5

export interface Timeline {
  readonly states: States
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
}

/** The time ends now, on the gateway's clock, and begins with the device where that is younger. `changed`: anything that is another when the states are to be asked for again. */
export const useTimeline = (
  { id, registeredAt }: Pick<Device, "id" | "registeredAt">,
  spanMs: number,
  changed: unknown
): Timeline | undefined => {
  const [timeline, setTimeline] = useState<Timeline>()
  const turn = useRef(0)
  const load = useCallback(
    async () => {
      const own = ++turn.current
      const to = gatewayNow()
      const from = Math.max(to - spanMs, registeredAt === null ? 0 : Date.parse(registeredAt))
      try {
        const states = await getStates(id, from, to)
        if (own === turn.current) setTimeline({ states, from, to })
      } catch {
        // The bands stay as they were until they are asked for again.
      }
    },
    // oxlint-disable-next-line react/exhaustive-deps -- another `changed` is a reason to ask again
    [id, registeredAt, spanMs, changed]
  )
  useEffect(() => () => void turn.current++, [])
  useEvery(load, EACH_MS)
  return timeline
}

export interface Moment {
  readonly replay: Replay
  /** The device just before the last event that led there; undefined where there is none. */
  readonly before: Replay | undefined
  /** What led there, the newest first: the first one is the reason of the state. */
  readonly causes: readonly Event[]
}

export interface MomentFound {
  /** The moment that was asked for. While it is not the one that is wanted, the answer is on its way. */
  readonly at: string | undefined
  readonly moment: Moment | undefined
  readonly failure: unknown
}

/** `at`: ISO 8601 or a position; undefined for now, which is asked for again when `changed` is another. */
export const useMoment = (id: string, at: string | undefined, changed: unknown): MomentFound => {
  const [found, setFound] = useState<MomentFound>({ at, moment: undefined, failure: undefined })
  const version = at === undefined ? changed : undefined
  useEffect(() => {
    let isOver = false
    momentAt(id, at).then(
      (moment) => !isOver && setFound({ at, moment, failure: undefined }),
      (failure: unknown) => !isOver && setFound({ at, moment: undefined, failure })
    )
    return () => {
      isOver = true
    }
  }, [id, at, version])
  return found
}

const momentAt = async (id: string, at: string | undefined): Promise<Moment> => {
  const replay = await getReplay(id, at)
  if (replay.position === null) return { replay, before: undefined, causes: [] }
  const [page, before] = await Promise.all([
    getEvents(id, { before: String(replay.position + 1), types: [...STATES, ...LINKING], limit: LED_THERE }),
    // The events before it may have been trimmed: then nothing is known of them.
    getReplay(id, String(replay.position - 1)).catch(() => undefined)
  ])
  return { replay, before, causes: page.items }
}

/** When a moment was: ISO 8601. Undefined for now, and for a position that has no time. */
export const timeOf = (at: string | undefined, replay: Replay | undefined): string | undefined =>
  at !== undefined && isPosition(at) ? (replay?.recordedAt ?? undefined) : at

const isPosition = (at: string): boolean => /^\d+$/.test(at)
