/** The states of a device over a time, and the device at one moment of it. */
import { useEffect, useState } from "preact/hooks"
import { getEvents, getReplay, getStates } from "../api/history.ts"
import type { Device, Event, Replay, States } from "../api/models.ts"
import { LINKING, STATES } from "./event-types.ts"

/** How long a slider rests before its moment is asked for. */
const REST_MS = 150
/** So many events that led to a moment are shown. */
const LED_THERE = 5

export interface Timeline {
  readonly states: States
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
}

/** The time ends now, and begins with the device where that is younger. `changed`: anything that is another when the states are to be asked for again. */
export const useTimeline = (
  { id, registeredAt }: Pick<Device, "id" | "registeredAt">,
  spanMs: number,
  changed: unknown
): Timeline | undefined => {
  const [timeline, setTimeline] = useState<Timeline>()
  useEffect(() => {
    let isOver = false
    const to = Date.now()
    const from = Math.max(to - spanMs, registeredAt === null ? 0 : Date.parse(registeredAt))
    getStates(id, from, to).then(
      (states) => !isOver && setTimeline({ states, from, to }),
      () => {}
    )
    return () => {
      isOver = true
    }
  }, [id, registeredAt, spanMs, changed])
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
  readonly moment: Moment | undefined
  readonly failure: unknown
}

/** `at`: ISO 8601 or a position; undefined for now, which is asked for again when `changed` is another. */
export const useMoment = (id: string, at: string | undefined, changed: unknown): MomentFound => {
  const [found, setFound] = useState<MomentFound>({ moment: undefined, failure: undefined })
  const version = at === undefined ? changed : undefined
  useEffect(() => {
    let isOver = false
    const timer = setTimeout(
      () => {
        momentAt(id, at).then(
          (moment) => !isOver && setFound({ moment, failure: undefined }),
          (failure: unknown) => !isOver && setFound({ moment: undefined, failure })
        )
      },
      at === undefined ? 0 : REST_MS
    )
    return () => {
      isOver = true
      clearTimeout(timer)
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
