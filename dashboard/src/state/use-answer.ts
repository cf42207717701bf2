/** An answer of the gateway for a component: asked when it appears, and again on demand. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"

export interface Answered<A> {
  /** The last answer; undefined until the first. */
  readonly value: A | undefined
  /** Why the last question had none. */
  readonly failure: unknown
  readonly ask: () => Promise<void>
}

/** `get` must be the same function at every rendering. */
export const useAnswer = <A>(get: () => Promise<A>): Answered<A> => {
  const [value, setValue] = useState<A>()
  const [failure, setFailure] = useState<unknown>()
  /** Answers to an earlier question are dropped. */
  const turn = useRef(0)
  const ask = useCallback(async () => {
    const own = ++turn.current
    try {
      const next = await get()
      if (own !== turn.current) return
      setValue(next)
      setFailure(undefined)
    } catch (refusal) {
      if (own === turn.current) setFailure(refusal)
    }
  }, [get])
  useEffect(() => {
    void ask()
    return () => void turn.current++
  }, [ask])
  return { value, failure, ask }
}

/** Calls `act` every so often while the component is there and the page is seen. `ms`: undefined for not now. */
export const useRepeatedly = (act: () => unknown, ms: number | undefined): void => {
  useEffect(() => {
    if (ms === undefined) return undefined
    const timer = setInterval(() => {
      if (document.visibilityState === "visible") act()
    }, ms)
    return () => clearInterval(timer)
  }, [act, ms])
}
