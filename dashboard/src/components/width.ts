/** How wide an element is, now and after every change. */
import type { RefObject } from "preact"
import { useLayoutEffect, useState } from "preact/hooks"

/** Pixels; the window's width until the element is there. */
export const useWidth = (element: RefObject<HTMLElement | null>): number => {
  const [width, setWidth] = useState(innerWidth)
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return undefined
    const measure = () => setWidth(current.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return width
}
