/** The events of a device, the newest first: pages as they are needed, and new ones as they happen. */
import { useSignalEffect } from "@preact/signals"
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { getEvents } from "../api/history.ts"
import type { Event } from "../api/models.ts"
import { changes } from "./fleet.ts"

export interface EventList {
  readonly events: readonly Event[]
  readonly isLoaded: boolean
  readonly failure: unknown
  /** Asks for the next page, unless one is under way or there is none. */
  readonly more: () => void
}

export const useEventList = (id: string, types: readonly string[]): EventList => {
  const [events, setEvents] = useState<readonly Event[]>([])
  const [isLoaded, setLoaded] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  const next = useRef<string | null>(null)
  const isBusy = useRef(false)
  /** The first page has not come yet. */
  const isFirst = useRef(true)
  const wanted = types.join(",")
  /** Answers for an earlier filter are dropped. */
  const turn = useRef(0)

  const load = useCallback(
    async (before: string | undefined) => {
      const own = turn.current
      isBusy.current = true
      try {
        const page = await getEvents(id, before, wanted === "" ? [] : wanted.split(","))
        if (own !== turn.current) return
        setEvents((known) => (before === undefined ? joined(page.items, known) : [...known, ...page.items]))
        if (before !== undefined || isFirst.current) next.current = page.next
        isFirst.current = false
        setLoaded(true)
        setFailure(undefined)
      } catch (refusal) {
        if (own === turn.current) setFailure(refusal)
      } finally {
        isBusy.current = false
      }
    },
    [id, wanted]
  )
  useEffect(() => {
    turn.current++
    next.current = null
    isFirst.current = true
    setEvents([])
    setLoaded(false)
    void load(undefined)
  }, [load])
  useSignalEffect(() => {
    if (changes.value.id === id && !isBusy.current) void load(undefined)
  })
  const more = useCallback(() => {
    if (!isBusy.current && next.current !== null) void load(next.current)
  }, [load])
  return { events, isLoaded, failure, more }
}

/** New events before those that are known. With a gap between them the older ones are dropped, and asked for again when needed. */
const joined = (newest: readonly Event[], known: readonly Event[]): readonly Event[] => {
  const [first] = known
  if (first === undefined) return newest
  const isGapless = newest.some(({ position }) => position <= first.position)
  return isGapless ? [...newest.filter(({ position }) => position > first.position), ...known] : newest
}
