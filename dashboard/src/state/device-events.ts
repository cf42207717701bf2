/** What happens in the conversations of one device: one stream for all parts of the page. */
import { useCallback, useEffect, useRef } from "preact/hooks"
import type { Event } from "../api/models.ts"
import { follow } from "../stream/live.ts"
import { CONVERSATIONS } from "./event-types.ts"
import { recognise } from "./session.ts"

/** The fields of these events that name a chat or a message; an erased event has none. */
export interface Happened {
  readonly type: string
  readonly messageId?: string
  readonly target?: string
  readonly chat?: string
  readonly chatAlt?: string | null
}

/** Undefined: something may have been missed, so that everything is to be asked for again. */
export type Hear = (happened: Happened | undefined) => void

/** Calls `hear` for each event, until the function that is returned is called. */
export type Listen = (hear: Hear) => () => void

export const useDeviceEvents = (device: string | undefined): Listen => {
  const hearers = useRef(new Set<Hear>())
  useEffect(() => {
    if (device === undefined) return undefined
    const tell = (happened: Happened | undefined) => hearers.current.forEach((hear) => hear(happened))
    let isFirst = true
    return follow(
      { types: CONVERSATIONS, device },
      {
        event: ({ type, data }: Event) => tell({ ...(data as Omit<Happened, "type"> | null), type }),
        frame: () => {},
        opened: (isComplete) => {
          // What was asked for before the stream was open can be older than its first event.
          if (isFirst || !isComplete) tell(undefined)
          isFirst = false
        },
        recognise
      }
    )
  }, [device])
  return useCallback((hear) => {
    hearers.current.add(hear)
    return () => hearers.current.delete(hear)
  }, [])
}

/** All names under which events may name a chat. */
export const isAbout = (happened: Happened, names: ReadonlySet<string>): boolean =>
  [happened.chat, happened.chatAlt].some((name) => typeof name === "string" && names.has(name))
