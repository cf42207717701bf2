/** Something of the gateway that a component shows while it is there: asked for at once, every few seconds, and after what changes it. */
import { useSignalEffect } from "@preact/signals"
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { changes } from "./fleet.ts"
import { useEvery } from "./polled.ts"

const POLL_MS = 2_000

export interface LookedAt<T> {
  /** Undefined until it is known. */
  readonly found: T | undefined
  readonly failure: unknown
  /** Does something that returns how it is afterwards. What it fails with is shown. */
  readonly act: (work: () => Promise<T>) => Promise<boolean>
}

/** `device`: its changes are a reason to look again. Give the component a key: `load` has to stay the same. */
export const useLookedAt = <T>(device: string, load: () => Promise<T>): LookedAt<T> => {
  const [found, setFound] = useState<T>()
  const [lookFailure, setLookFailure] = useState<unknown>()
  const [failure, setFailure] = useState<unknown>()
  const isAway = useRef(false)
  const loading = useRef(load)

  const look = useCallback(async () => {
    try {
      const now = await loading.current()
      if (isAway.current) return
      setFound(() => now)
      setLookFailure(undefined)
    } catch (refusal) {
      if (!isAway.current) setLookFailure(refusal)
    }
  }, [])
  const act = useCallback(async (work: () => Promise<T>) => {
    setFailure(undefined)
    try {
      const now = await work()
      setFound(() => now)
      return true
    } catch (refusal) {
      setFailure(refusal)
      return false
    }
  }, [])

  useEffect(() => {
    isAway.current = false
    return () => {
      isAway.current = true
    }
  }, [])
  useEvery(look, POLL_MS)
  useSignalEffect(() => {
    if (changes.value.id === device) void look()
  })
  return { found, failure: failure ?? lookFailure, act }
}
