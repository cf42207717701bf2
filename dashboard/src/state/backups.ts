/** The gateway's backups, and how far the one is that runs. */
import { useCallback, useEffect, useState } from "preact/hooks"
import { getBackups, startBackup } from "../api/operator.ts"
import { usePolled } from "./polled.ts"

const EACH_MS = 1_000

export const useBackups = () => {
  const [isRunning, setRunning] = useState(false)
  const { value: backups, failure, reload } = usePolled(getBackups, "backups", isRunning ? EACH_MS : undefined)
  const [refusal, setRefusal] = useState<unknown>()
  useEffect(() => setRunning(backups?.items.some(({ state }) => state === "running") ?? false), [backups])
  const start = useCallback(async () => {
    setRefusal(undefined)
    await startBackup().catch(setRefusal)
    await reload()
  }, [reload])
  return { backups, isRunning, failure: refusal ?? failure, start }
}
