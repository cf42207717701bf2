/** Which rows of a long list are on the screen, while the window scrolls. */
import { observeWindowOffset, observeWindowRect, Virtualizer, windowScroll } from "@tanstack/virtual-core"
import type { RefObject } from "preact"
import { useCallback, useEffect, useLayoutEffect, useReducer, useState } from "preact/hooks"

const OVERSCAN = 6

export interface Rows {
  readonly rows: readonly { readonly index: number; readonly start: number }[]
  /** Of all rows together. */
  readonly height: number
  /** Scrolls until this row is on the screen. */
  readonly reveal: (index: number) => void
}

/** `rowHeight`: the same for all rows. */
export const useVirtualRows = (list: RefObject<HTMLElement | null>, count: number, rowHeight: number): Rows => {
  const [, redraw] = useReducer<number, void>((times) => times + 1, 0)
  const options = {
    count,
    getScrollElement: () => window,
    estimateSize: () => rowHeight,
    overscan: OVERSCAN,
    scrollMargin: list.current?.offsetTop ?? 0,
    observeElementRect: observeWindowRect,
    observeElementOffset: observeWindowOffset,
    scrollToFn: windowScroll,
    initialRect: { width: innerWidth, height: innerHeight },
    initialOffset: () => scrollY,
    onChange: () => redraw()
  }
  const [virtualizer] = useState(() => new Virtualizer<Window, HTMLElement>(options))
  virtualizer.setOptions(options)
  useEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  // The heights of rows are kept; another height makes them void.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, rowHeight])
  const reveal = useCallback((index: number) => virtualizer.scrollToIndex(index, { align: "auto" }), [virtualizer])
  const margin = virtualizer.options.scrollMargin
  return {
    rows: virtualizer.getVirtualItems().map(({ index, start }) => ({ index, start: start - margin })),
    height: virtualizer.getTotalSize(),
    reveal
  }
}
