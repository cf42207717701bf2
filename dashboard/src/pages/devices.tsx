import { useLocation } from "preact-iso"
import { useState } from "preact/hooks"
import { AddDeviceDialog } from "../components/devices/add-device-dialog.tsx"
import { Button } from "../components/button.tsx"
import { DeviceList } from "../components/devices/device-list.tsx"
import { HealthFilter } from "../components/devices/health-filter.tsx"
import { ManyDevices } from "../components/devices/many-devices.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { StateChanges } from "../components/devices/state-changes.tsx"
import { StateFilter } from "../components/devices/state-filter.tsx"
import { nameOf } from "../i18n/said.ts"
import { text } from "../i18n/text.ts"
import { devices, isLoaded } from "../state/fleet.ts"
import { hasWords } from "../state/matching.ts"
import { withQuery } from "../state/pages.ts"
import { useRested } from "../state/rested.ts"
import { hasPhone, isWide } from "../state/sandbox.ts"
import { may } from "../state/session.ts"
import "./devices.css"

/** What the address may hold, with what it leaves out. */
const DEFAULTS = { state: "", q: "", health: "" }

/** The fleet: how many devices are in each state, and each of them. The address holds the filters. */
export const DevicesPage = () => {
  const { path, query, route } = useLocation()
  const [isAdding, setAdding] = useState(false)
  const settled = { ...DEFAULTS, ...query }
  const [q, search] = useRested(settled.q, (words) => filter({ q: words }))
  const chosen = { ...settled, q }
  const { state, health } = chosen
  const filter = (next: Partial<typeof DEFAULTS>) => route(withQuery(path, { ...chosen, ...next }, DEFAULTS), true)
  const clear = () => {
    search("")
    filter(DEFAULTS)
  }
  const all = [...devices.value.values()]
  const shown = all.filter(
    (device) =>
      (state === "" || device.state === state) &&
      (health === "" || device.health === health) &&
      hasWords(q, nameOf(device), device.number)
  )
  return (
    <div class="devices-page">
      <div class="heading">
        <h1>{text("devices.title")}</h1>
        {may("manage") && all.length > 0 && (
          <Button kind="primary" press={() => setAdding(true)}>
            {text("devices.add")}
          </Button>
        )}
      </div>
      <NoticeBar />
      <StateChanges />
      {!isLoaded.value && <Placeholder />}
      {isLoaded.value && all.length === 0 && (
        <section class="empty">
          <h2>{text("devices.noneTitle")}</h2>
          <p>{noneText()}</p>
          {may("manage") && (
            <Button kind="primary" press={() => setAdding(true)}>
              {text("devices.add")}
            </Button>
          )}
        </section>
      )}
      {all.length > 0 && (
        <>
          <div class="filters">
            <StateFilter chosen={state} choose={(chosen) => filter({ state: chosen })} />
            <input
              type="search"
              value={q}
              placeholder={text("devices.search")}
              aria-label={text("devices.search")}
              onInput={({ currentTarget }) => search(currentTarget.value)}
            />
            <HealthFilter chosen={health} choose={(chosen) => filter({ health: chosen })} />
            {may("manage") && <ManyDevices devices={shown} />}
          </div>
          <p class="shown" role="status">
            {shown.length < all.length && text("devices.shown", { shown: shown.length, all: all.length })}
          </p>
          {shown.length > 0 ? (
            <DeviceList devices={shown} />
          ) : (
            <p class="empty">
              {text("devices.noneFound")} <Button press={clear}>{text("devices.clear")}</Button>
            </p>
          )}
        </>
      )}
      {isAdding && <AddDeviceDialog close={() => setAdding(false)} />}
    </div>
  )
}

const noneText = (): string => {
  if (!hasPhone()) return text("devices.noneText")
  return text(isWide.value ? "sandbox.emptyRight" : "sandbox.emptyBelow")
}

/** The layout, before there is anything to show in it. */
const Placeholder = () => (
  <div class="placeholder" role="status">
    <span class="out-of-sight">{text("devices.loading")}</span>
    <div />
    <div />
    <div />
  </div>
)
