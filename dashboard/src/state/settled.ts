/** A value once it has stayed the same for a while: for what is asked while a person types. */
import { useEffect, useState } from "preact/hooks"

export const useSettled = <Value>(value: Value, restMs: number): Value => {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), restMs)
    return () => clearTimeout(timer)
  }, [value, restMs])
  return settled
}
