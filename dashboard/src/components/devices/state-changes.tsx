import { useEffect, useRef, useState } from "preact/hooks"
import { nameOf, stateWord } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import type { FleetDevice } from "../../api/models.ts"
import { lastChanged } from "../../state/fleet.ts"

/** States at which a person may want to do something; the others are on the way. */
const TOLD: ReadonlySet<string> = new Set(["CONNECTED", "ERROR", "QR"])
const GATHER_MS = 3_000

/** Says state changes to those who cannot see them: at most once in a while, and how many when there were several. */
export const StateChanges = () => {
  const device = lastChanged.value
  const waiting = useRef(new Map<string, FleetDevice>())
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined)
  const [said, say] = useState("")
  useEffect(() => {
    if (device === undefined || !TOLD.has(device.state)) return
    waiting.current.set(device.id, device)
    timer.current ??= setTimeout(() => {
      const all = [...waiting.current.values()]
      waiting.current.clear()
      timer.current = undefined
      const [first] = all
      if (first === undefined) return
      const one = { name: nameOf(first), state: stateWord(first.state) }
      say(all.length === 1 ? text("devices.changed", one) : text("devices.changedMany", { count: all.length }))
    }, GATHER_MS)
  }, [device])
  useEffect(() => () => clearTimeout(timer.current), [])
  return (
    <p class="out-of-sight" aria-live="polite">
      {said}
    </p>
  )
}
