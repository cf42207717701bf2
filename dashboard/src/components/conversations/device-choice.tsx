import { useId } from "preact/hooks"
import { nameOf, stateWord } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { devices } from "../../state/fleet.ts"
import "./device-choice.css"

interface Props {
  /** Empty for none. */
  readonly chosen: string
  readonly choose: (id: string) => void
}

/** Chooses one of the devices. */
export const DeviceChoice = ({ chosen, choose }: Props) => {
  const id = useId()
  const all = [...devices.value.values()]
  const isKnown = devices.value.has(chosen)
  return (
    <div class="device-choice">
      <label for={id}>{text("conversations.device")}</label>
      <select id={id} value={isKnown ? chosen : ""} onChange={({ currentTarget }) => choose(currentTarget.value)}>
        {!isKnown && <option value="">{text("conversations.chooseDevice")}</option>}
        {all.map((device) => (
          <option key={device.id} value={device.id}>
            {nameOf(device)} · {stateWord(device.state)}
          </option>
        ))}
      </select>
    </div>
  )
}
