/** Verifies the whole log, piece by piece: an answer takes 20 seconds at most, and tells how far it came. */
import { useCallback, useRef, useState, useEffect } from "preact/hooks"
import type { Verdict } from "../api/models.ts"
import { verifyLog } from "../api/operator.ts"

export type Verification =
  | { readonly is: "idle" }
  /** `verified`: the last position that was verified. */
  | { readonly is: "running"; readonly from: number | undefined; readonly verified: number }
  /** `from`: where the log begins. */
  | { readonly is: "done"; readonly from: number; readonly verdict: Verdict; readonly at: string }
  | { readonly is: "failed"; readonly failure: unknown }

export const useVerification = () => {
  const [verification, setVerification] = useState<Verification>({ is: "idle" })
  const isHere = useRef(true)
  useEffect(() => () => void (isHere.current = false), [])
  const verify = useCallback(async () => {
    setVerification({ is: "running", from: undefined, verified: 0 })
    try {
      let first: number | undefined
      for (let next: number | undefined; isHere.current; ) {
        const verdict: Verdict = await verifyLog(next)
        if (verdict.valid) first ??= verdict.from
        if (!verdict.valid || verdict.complete) {
          setVerification({ is: "done", from: first ?? 1, verdict, at: new Date().toISOString() })
          return
        }
        setVerification({ is: "running", from: first, verified: verdict.to })
        next = verdict.to + 1
      }
    } catch (failure) {
      setVerification({ is: "failed", failure })
    }
  }, [])
  return { verification, verify }
}
