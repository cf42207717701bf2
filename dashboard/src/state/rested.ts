/**
 * A value that a hand changes many times a second, such as with a slider or by typing: it is shown at once, and handed on after a rest.
 * Browsers refuse to change the address for each of the changes.
 */
import { useCallback, useEffect, useRef, useState } from "preact/hooks"

const REST_MS = 200

interface Changed<Value> {
  readonly value: Value
  /** The page that it was changed on. */
  readonly path: string
  readonly timer: ReturnType<typeof setTimeout>
}

/**
 * `settled`: the value without the changes that are not handed on yet. A change is handed on when its component goes as well, but not on
 * another page than its own.
 */
export const useRested = <Value>(
  settled: Value,
  settle: (value: Value) => void
): [value: Value, change: (next: Value) => void] => {
  const [shown, setShown] = useState<{ readonly value: Value }>()
  const latest = useRef(settle)
  latest.current = settle
  const changed = useRef<Changed<Value> | undefined>(undefined)
  const flush = useCallback(() => {
    const { current } = changed
    if (current === undefined) return
    clearTimeout(current.timer)
    changed.current = undefined
    if (current.path === location.pathname) latest.current(current.value)
    setShown(undefined)
  }, [])
  const change = useCallback(
    (value: Value) => {
      clearTimeout(changed.current?.timer)
      changed.current = { value, path: location.pathname, timer: setTimeout(flush, REST_MS) }
      setShown({ value })
    },
    [flush]
  )
  useEffect(() => flush, [flush])
  return [shown ? shown.value : settled, change]
}
