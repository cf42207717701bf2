import { useLocation } from "preact-iso"
import { useState } from "preact/hooks"
import type { FleetDevice } from "../api/models.ts"
import { AddDeviceDialog } from "../components/add-device-dialog.tsx"
import { Button } from "../components/button.tsx"
import { DeviceList } from "../components/device-list.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { StateChanges } from "../components/state-changes.tsx"
import { StateFilter } from "../components/state-filter.tsx"
import { nameOf } from "../i18n/said.ts"
import { text } from "../i18n/text.ts"
import { devices, isLoaded } from "../state/fleet.ts"
import { hasPhone, isWide } from "../state/sandbox.ts"
import { mayManage } from "../state/session.ts"
import "./devices.css"

/** The fleet: how many devices are in each state, and each of them. The address holds the filters. */
export const DevicesPage = () => {
  const { path, query, route } = useLocation()
  const [isAdding, setAdding] = useState(false)
  const { state = "", q = "" } = query
  const filter = (next: { readonly state?: string; readonly q?: string }) => {
    const wanted = Object.entries({ state, q, ...next }).filter(([, value]) => value !== "")
    const search = new URLSearchParams(wanted).toString()
    route(search === "" ? path : `${path}?${search}`, true)
  }
  const all = [...devices.value.values()]
  const shown = all.filter((device) => (state === "" || device.state === state) && matches(device, q))
  return (
    <div class="devices-page">
      <div class="heading">
        <h1>{text("devices.title")}</h1>
        {mayManage() && all.length > 0 && (
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
          {mayManage() && (
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
              onInput={({ currentTarget }) => filter({ q: currentTarget.value })}
            />
          </div>
          <p class="shown" role="status">
            {shown.length < all.length && text("devices.shown", { shown: shown.length, all: all.length })}
          </p>
          {shown.length > 0 ? (
            <DeviceList devices={shown} />
          ) : (
            <p class="empty">
              {text("devices.noneFound")}{" "}
              <Button press={() => filter({ state: "", q: "" })}>{text("devices.clear")}</Button>
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

const matches = (device: FleetDevice, words: string): boolean => {
  const digits = words.replace(/\D/g, "")
  const hasNumber = digits !== "" && /^[\d\s+()-]+$/.test(words) && (device.number ?? "").includes(digits)
  return hasNumber || nameOf(device).toLocaleLowerCase().includes(words.trim().toLocaleLowerCase())
}
