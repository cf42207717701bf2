/** The system as it is now, and as it was within the last minutes while the page is open. */
import { useEffect, useState } from "preact/hooks"
import type { System } from "../api/models.ts"
import { getSystem } from "../api/operator.ts"
import { usePolled } from "./polled.ts"

const EACH_MS = 2_000
/** Five minutes. */
const KEPT = 150

export interface SystemSample {
  /** On this page's clock. */
  readonly at: number
  readonly system: System
}

export const useSystem = () => {
  const { value: system, failure } = usePolled(getSystem, "system", EACH_MS)
  const [samples, setSamples] = useState<readonly SystemSample[]>([])
  useEffect(() => {
    if (system) setSamples((known) => [...known.slice(1 - KEPT), { at: performance.now(), system }])
  }, [system])
  return { system, samples, failure }
}

/** Events a second between each sample and the one before: positions have no gaps. */
export const appendRates = (samples: readonly SystemSample[]): readonly number[] =>
  samples.slice(1).map(({ at, system }, nth) => {
    const before = samples[nth]
    if (!before) return 0
    return (system.log.position - before.system.log.position) / Math.max(0.001, (at - before.at) / 1_000)
  })

export const waitingIn = ({ queues }: System): number =>
  queues.writes + queues.messages + queues.webhooks + queues.mailboxes
