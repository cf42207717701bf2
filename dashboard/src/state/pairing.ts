/** What links a device now, for the dialog: asked for when the stream says that it changed, and every few seconds besides. */
import { useSignalEffect } from "@preact/signals"
import { useCallback, useEffect, useRef, useState } from "preact/hooks"
import { getPairing, startDevice } from "../api/devices.ts"
import type { Pairing } from "../api/models.ts"
import { pairingChanges } from "./fleet.ts"

const POLL_MS = 4_000

export interface PairingState {
  /** Undefined until it is known. */
  readonly pairing: Pairing | undefined
  readonly failure: unknown
  /** Begins to link: again, after it ended. */
  readonly start: () => void
  /** Does something, then looks again. What it fails with is shown. */
  readonly act: (work: () => Promise<unknown>) => Promise<boolean>
}

export const usePairing = (id: string): PairingState => {
  const [pairing, setPairing] = useState<Pairing>()
  const [lookFailure, setLookFailure] = useState<unknown>()
  const [failure, setFailure] = useState<unknown>()
  const isAway = useRef(false)

  const look = useCallback(async () => {
    try {
      const found = await getPairing(id)
      if (isAway.current) return
      setPairing(found)
      setLookFailure(undefined)
    } catch (refusal) {
      if (!isAway.current) setLookFailure(refusal)
    }
  }, [id])
  const act = useCallback(
    async (work: () => Promise<unknown>) => {
      setFailure(undefined)
      try {
        await work()
        return true
      } catch (refusal) {
        setFailure(refusal)
        return false
      } finally {
        await look()
      }
    },
    [look]
  )
  const start = useCallback(() => void act(() => startDevice(id)), [act, id])

  useEffect(() => {
    isAway.current = false
    const begin = async () => {
      const found = await getPairing(id).catch(() => undefined)
      // A dialog that was closed meanwhile links nothing.
      if (isAway.current) return
      if (found?.device.state === "NONE" || found?.device.state === "ERROR") start()
      else await look()
    }
    void begin()
    const timer = setInterval(() => void look(), POLL_MS)
    return () => {
      isAway.current = true
      clearInterval(timer)
    }
  }, [id, look, start])
  useSignalEffect(() => {
    if (pairingChanges.value.id === id) void look()
  })
  return { pairing, failure: failure ?? lookFailure, start, act }
}
