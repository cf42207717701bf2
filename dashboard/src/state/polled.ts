/** What the stream does not tell: asked for again every few seconds while the page is on the screen. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"

export interface Polled<Value> {
  /** Undefined until it has come. It stays while a later request fails. */
  readonly value: Value | undefined
  readonly failure: unknown
  /** Asks at once. Never rejects. */
  readonly reload: () => Promise<void>
}

/** `key`: names what `get` asks for; under another key it is asked for anew. Without `everyMs` it is asked for once. */
export const usePolled = <Value>(get: () => Promise<Value>, key: string, everyMs?: number): Polled<Value> => {
  const [found, setFound] = useState<{ readonly key: string; readonly value?: Value; readonly failure?: unknown }>()
  const latest = useRef(get)
  latest.current = get
  const turn = useRef(0)
  const reload = useCallback(async () => {
    const own = ++turn.current
    try {
      const value = await latest.current()
      if (own === turn.current) setFound({ key, value })
    } catch (failure) {
      if (own === turn.current) setFound((before) => ({ ...(before?.key === key ? before : { key }), failure }))
    }
  }, [key])
  useEvery(reload, everyMs)
  useEffect(() => () => void turn.current++, [])
  return found?.key === key
    ? { value: found.value, failure: found.failure, reload }
    : { value: undefined, failure: undefined, reload }
}

/** Does the work now, and again every so often, but not while the page is hidden. `work` must be the same from one call to the next. */
export const useEvery = (work: () => Promise<void>, everyMs: number | undefined): void => {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let isOver = false
    const round = async (): Promise<void> => {
      clearTimeout(timer)
      if (!document.hidden) await work()
      clearTimeout(timer)
      if (!isOver && everyMs !== undefined) timer = setTimeout(() => void round(), everyMs)
    }
    const shown = () => {
      if (!document.hidden) void round()
    }
    void round()
    if (everyMs !== undefined) document.addEventListener("visibilitychange", shown)
    return () => {
      isOver = true
      clearTimeout(timer)
      document.removeEventListener("visibilitychange", shown)
    }
  }, [work, everyMs])
}
