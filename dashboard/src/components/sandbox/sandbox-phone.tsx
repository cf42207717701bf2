import { useEffect, useId, useState } from "preact/hooks"
import { getPhone } from "../../api/sandbox.ts"
import type { FleetDevice } from "../../api/models.ts"
import { groupedNumber } from "../../i18n/phone.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { devices } from "../../state/fleet.ts"
import { useLookedAt } from "../../state/looked-at.ts"
import { devicesWithPhone, isPhoneOpen, phoneOwner, togglePhone } from "../../state/sandbox.ts"
import { PhoneChat } from "./phone-chat.tsx"
import { PhoneHome } from "./phone-home.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { Tabs } from "../tabs.tsx"
import "./sandbox-phone.css"

/** The simulated phone. `id`: of the device whose phone it is; without, the person chooses. */
export const SandboxPhone = ({ id }: { readonly id: string | undefined }) => {
  const body = useId()
  const isOpen = isPhoneOpen.value
  return (
    <div class="sandbox-phone" role="group" aria-label={text("sandbox.title")}>
      <button type="button" class="phone-toggle" aria-expanded={isOpen} aria-controls={body} onClick={togglePhone}>
        <span>{text("sandbox.title")}</span>
        <span aria-hidden="true">{isOpen ? "▾" : "▴"}</span>
      </button>
      <div id={body} class="phone-place" hidden={!isOpen}>
        {isOpen && (id === undefined ? <AnyPhone /> : <PhoneOf id={id} />)}
      </div>
    </div>
  )
}

const AnyPhone = () => {
  const choice = useId()
  const all = devicesWithPhone.value
  const owner = all.find(({ id }) => id === phoneOwner.value) ?? all[0]
  if (!owner) return <p class="phone-frame quiet">{text("sandbox.noDevice")}</p>
  return (
    <>
      {all.length > 1 && (
        <div class="phone-owner">
          <label for={choice}>{text("sandbox.owner")}</label>
          <select
            id={choice}
            value={owner.id}
            onChange={({ currentTarget }) => (phoneOwner.value = currentTarget.value)}
          >
            {all.map((device) => (
              <option key={device.id} value={device.id}>
                {nameOf(device)}
              </option>
            ))}
          </select>
        </div>
      )}
      <PhoneOf id={owner.id} />
    </>
  )
}

const PhoneOf = ({ id }: { readonly id: string }) => {
  const device = devices.value.get(id)
  useEffect(() => {
    phoneOwner.value = id
  }, [id])
  if (!device) return null
  if (device.number === null) return <p class="quiet">{text("sandbox.noNumber")}</p>
  return <Screen key={id} device={device} number={device.number} />
}

type App = "home" | "chat"

const Screen = ({ device, number }: { readonly device: FleetDevice; readonly number: string }) => {
  const { found: phone, failure, act } = useLookedAt(device.id, () => getPhone(device.id))
  const [app, setApp] = useState<App>("home")
  return (
    <div class="phone-frame">
      <p class="phone-status">
        <span class="number">{groupedNumber(number)}</span>
        {phone?.airplaneMode === true ? (
          <span>✈ {text("sandbox.noNetwork")}</span>
        ) : (
          <span class="bars" aria-hidden="true">
            ▂▄▆█
          </span>
        )}
      </p>
      <Tabs
        label={text("sandbox.apps")}
        chosen={app}
        choose={setApp}
        tabs={[
          ["home", text("sandbox.home")],
          ["chat", text("sandbox.chat")]
        ]}
      >
        {app === "chat" ? (
          <PhoneChat device={device} />
        ) : phone ? (
          <PhoneHome device={device} phone={phone} failure={failure} act={act} />
        ) : (
          <ProblemNote failure={failure} />
        )}
      </Tabs>
    </div>
  )
}
