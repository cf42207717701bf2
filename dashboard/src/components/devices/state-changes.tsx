import { nameOf, stateWord } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { lastChanged } from "../../state/fleet.ts"

/** Says state changes to those who cannot see them. */
export const StateChanges = () => {
  const device = lastChanged.value
  return (
    <p class="out-of-sight" aria-live="polite">
      {device && text("devices.changed", { name: nameOf(device), state: stateWord(device.state) })}
    </p>
  )
}
