/** The states of a device over a time, and the device at one moment of it. */
import { useEffect, useState } from "preact/hooks"
import { getReplay, getStates } from "../api/history.ts"
import type { Device, Replay, States } from "../api/models.ts"

/** How long a slider rests before its moment is asked for. */
const REST_MS = 150

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

export interface MomentFound {
  readonly replay: Replay | undefined
  readonly failure: unknown
}

/** `at`: ISO 8601 or a position; undefined for none. */
export const useMoment = (id: string, at: string | undefined): MomentFound => {
  const [found, setFound] = useState<MomentFound>({ replay: undefined, failure: undefined })
  useEffect(() => {
    let isOver = false
    if (at === undefined) {
      setFound({ replay: undefined, failure: undefined })
      return undefined
    }
    const timer = setTimeout(() => {
      getReplay(id, at).then(
        (replay) => !isOver && setFound({ replay, failure: undefined }),
        (failure: unknown) => !isOver && setFound({ replay: undefined, failure })
      )
    }, REST_MS)
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [id, at])
  return found
}
