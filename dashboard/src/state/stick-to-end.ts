/** Keeps a list that grows at both ends where the reader is: at its end, or at the row that is on the screen. */
import { signal } from "@preact/signals"
import type { RefObject } from "preact"
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"

/** As near to the end as this counts as the end. */
const NEAR_PX = 48
/** What comes before is asked for when so little of it is left. */
const AHEAD_PX = 240

/** Whether the reader of the list on the screen is at its end, and so looks at nothing that is far before. */
export const readsEnd = signal(true)

export interface Place {
  readonly isAtEnd: boolean
  readonly toEnd: () => void
}

/** `first`: another when rows came before the others. `approach` is called when the reader nears the beginning. */
export const useStickToEnd = (
  scroller: RefObject<HTMLElement | null>,
  first: string | undefined,
  approach: () => void
): Place => {
  const [isAtEnd, setAtEnd] = useState(true)
  const atEnd = useRef(true)
  const fromEnd = useRef(0)
  const toEnd = useCallback(() => {
    const element = scroller.current
    if (element) element.scrollTop = element.scrollHeight
  }, [scroller])
  useLayoutEffect(() => {
    const element = scroller.current
    if (element && !atEnd.current) element.scrollTop = element.scrollHeight - fromEnd.current
  }, [scroller, first])
  useEffect(() => {
    const element = scroller.current
    if (!element) return undefined
    readsEnd.value = atEnd.current
    const note = () => {
      fromEnd.current = element.scrollHeight - element.scrollTop
      atEnd.current = fromEnd.current - element.clientHeight < NEAR_PX
      setAtEnd(atEnd.current)
      readsEnd.value = atEnd.current
      if (element.scrollTop < AHEAD_PX && !atEnd.current) approach()
    }
    const grown = new ResizeObserver(() => (atEnd.current ? toEnd() : note()))
    element.addEventListener("scroll", note, { passive: true })
    grown.observe(element)
    for (const child of element.children) grown.observe(child)
    return () => {
      element.removeEventListener("scroll", note)
      grown.disconnect()
    }
  }, [scroller, toEnd, approach])
  return { isAtEnd, toEnd }
}
