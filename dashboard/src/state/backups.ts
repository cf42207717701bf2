/** The gateway's backups, and how far the one is that runs. */
import { useCallback, useState } from "preact/hooks"
import { getBackups, startBackup } from "../api/operator.ts"
import { useAnswer, useRepeatedly } from "./use-answer.ts"

const EACH_MS = 1_000

export const useBackups = () => {
  const { value: backups, failure, ask } = useAnswer(getBackups)
  const [refusal, setRefusal] = useState<unknown>()
  const isRunning = backups?.items.some(({ state }) => state === "running") ?? false
  useRepeatedly(ask, isRunning ? EACH_MS : undefined)
  const start = useCallback(async () => {
    setRefusal(undefined)
    await startBackup().catch(setRefusal)
    await ask()
  }, [ask])
  return { backups, isRunning, failure: refusal ?? failure, start }
}
