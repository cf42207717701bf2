/**
 * The events of a device, the newest first: pages as they are needed, and new ones as they happen. The stream goes on after a lost
 * connection where it was cut, so no event is missing in between.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { getEvents } from "../api/history.ts"
import type { Event } from "../api/models.ts"
import { follow } from "../stream/live.ts"
import { recognise } from "./session.ts"

export interface EventList {
  readonly events: readonly Event[]
  readonly isLoaded: boolean
  readonly failure: unknown
  /** Asks for the next page, unless one is under way or there is none. */
  readonly more: () => void
  /** Asks again for what failed. */
  readonly retry: () => void
}

const FIRST_PAGE = 100
const NEXT_PAGE = 500
/** New events are shown together, so that a busy device does not draw the table for each of them. */
const GATHER_MS = 100
/** A list that grows beyond this while its reader looks at its top is cut to a page: the rest is asked for again when needed. */
const KEPT_MAX = 5_000
const TOP_PX = 1_000

const EMPTY: readonly Event[] = []

export const useEventList = (id: string, types: readonly string[]): EventList => {
  const [events, setEvents] = useState(EMPTY)
  const [isLoaded, setLoaded] = useState(false)
  const [failure, setFailure] = useState<unknown>()
  /** The `before` of the next page; null when there is none, or none is known yet. */
  const next = useRef<string | null>(null)
  const isBusy = useRef(false)
  const hasPage = useRef(false)
  /** Answers for an earlier filter are dropped. */
  const turn = useRef(0)
  const wanted = types.join(",")

  const load = useCallback(
    async (before: string | undefined) => {
      const own = turn.current
      isBusy.current = true
      try {
        const limit = before === undefined ? FIRST_PAGE : NEXT_PAGE
        const page = await getEvents(id, { before, types: wanted === "" ? [] : wanted.split(","), limit })
        if (own !== turn.current) return
        // The first page may hold events that the stream has told of already.
        setEvents((known) => (before === undefined ? withNewer(page.items, known) : [...known, ...page.items]))
        next.current = page.next
        hasPage.current = true
        setLoaded(true)
        setFailure(undefined)
      } catch (refusal) {
        if (own === turn.current) setFailure(refusal)
      } finally {
        if (own === turn.current) isBusy.current = false
      }
    },
    [id, wanted]
  )

  useEffect(() => {
    turn.current++
    next.current = null
    hasPage.current = false
    setEvents(EMPTY)
    setLoaded(false)
    let gathered: Event[] = []
    let timer: ReturnType<typeof setTimeout> | undefined
    const show = () => {
      timer = undefined
      const newer = gathered.toReversed()
      gathered = []
      setEvents((known) => {
        const all = withNewer(known, newer)
        if (all.length <= KEPT_MAX || scrollY > TOP_PX || isBusy.current) return all
        const kept = all.slice(0, FIRST_PAGE)
        next.current = String(kept.at(-1)?.position)
        return kept
      })
    }
    const stop = follow(
      { types: wanted === "" ? [] : wanted.split(","), device: id },
      {
        event: (event) => {
          gathered.push(event)
          timer ??= setTimeout(show, GATHER_MS)
        },
        frame: () => {},
        opened: (isComplete) => {
          if (isComplete && hasPage.current) return
          // What came before the stream was cut for good is not continued: the list begins anew, and an older page that is still on its way is
          // not appended to it.
          turn.current++
          isBusy.current = false
          hasPage.current = false
          next.current = null
          setEvents(EMPTY)
          setLoaded(false)
          void load(undefined)
        },
        recognise
      }
    )
    return () => {
      turn.current++
      isBusy.current = false
      clearTimeout(timer)
      stop()
    }
  }, [id, wanted, load])

  const more = useCallback(() => {
    if (!isBusy.current && next.current !== null) void load(next.current)
  }, [load])
  const retry = useCallback(() => {
    if (!isBusy.current) void load(hasPage.current ? (next.current ?? undefined) : undefined)
  }, [load])
  return { events, isLoaded, failure, more, retry }
}

/** Both with the newest first. */
const withNewer = (known: readonly Event[], newer: readonly Event[]): readonly Event[] => {
  const first = known[0]?.position ?? 0
  return [...newer.filter(({ position }) => position > first), ...known]
}
