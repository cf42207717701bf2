import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { devices } from "../../state/fleet.ts"
import { Choices } from "../choices.tsx"
import "./webhook-devices.css"

interface Props {
  /** Ids; null for all devices, those of later included. */
  readonly chosen: readonly string[] | null
  readonly choose: (chosen: readonly string[] | null) => void
}

/** Which devices a webhook tells about. */
export const WebhookDevices = ({ chosen, choose }: Props) => {
  const all = [...devices.value.values()]
  return (
    <div class="webhook-devices">
      <Choices
        label={text("webhooks.devices")}
        choices={[
          { name: "all", word: text("webhooks.devicesAll") },
          { name: "some", word: text("webhooks.devicesSome") }
        ]}
        chosen={chosen === null ? "all" : "some"}
        choose={(name) => choose(name === "all" ? null : (chosen ?? []))}
      />
      {chosen !== null && (
        <div class="list" role="group" aria-label={text("webhooks.devicesSome")}>
          {all.map((device) => (
            <label key={device.id}>
              <input
                type="checkbox"
                checked={chosen.includes(device.id)}
                onChange={({ currentTarget }) =>
                  choose(currentTarget.checked ? [...chosen, device.id] : chosen.filter((id) => id !== device.id))
                }
              />
              {nameOf(device)}
            </label>
          ))}
          {all.length === 0 && <p>{text("devices.noneTitle")}</p>}
        </div>
      )}
    </div>
  )
}
