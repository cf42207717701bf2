/** How long something is still valid, on the gateway's clock. */
import { useEffect, useState } from "preact/hooks"
import { gatewayNow } from "../api/client.ts"

const TICK_MS = 250

/** Milliseconds; counts down by itself. */
export const useTimeLeft = (until: string | null): number => {
  const [, tick] = useState(0)
  useEffect(() => {
    const timer = setInterval(() => tick((times) => times + 1), TICK_MS)
    return () => clearInterval(timer)
  }, [])
  return until === null ? 0 : Math.max(0, Date.parse(until) - gatewayNow())
}
