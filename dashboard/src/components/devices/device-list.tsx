import { useEffect, useRef } from "preact/hooks"
import type { FleetDevice } from "../../api/models.ts"
import { nameOf } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { wantActivity } from "../../state/activity.ts"
import { DeviceRow } from "./device-row.tsx"
import { useVirtualRows } from "../virtual-rows.ts"
import { isField } from "../is-field.ts"
import { useWidth } from "../width.ts"
import "./device-list.css"

const ROW = 52
const CARD = 140
/** The width of the list up to which devices are cards, as the style sheet has it. */
const NARROW = 870

/** The devices, of which only those on the screen are in the page. `j` and `k` move between them. */
export const DeviceList = ({ devices }: { readonly devices: readonly FleetDevice[] }) => {
  const list = useRef<HTMLUListElement>(null)
  const isNarrow = useWidth(list) <= NARROW
  const { rows, height, reveal } = useVirtualRows(list, devices.length, isNarrow ? CARD : ROW)

  const inSight = rows.map(({ index }) => devices[index]?.id ?? "").join(",")
  useEffect(() => wantActivity(inSight.split(",")), [inSight])

  useEffect(() => {
    const step = (event: KeyboardEvent) => {
      const isRow = event.target instanceof HTMLLIElement
      if (event.key === "Enter" && isRow) event.target.querySelector("a")?.click()
      const by = event.key === "j" ? 1 : event.key === "k" ? -1 : 0
      const isTyping = isField(event.target) || document.querySelector("dialog[open]") !== null
      if (by === 0 || isTyping || event.ctrlKey || event.metaKey || event.altKey) return
      const item = document.activeElement?.closest<HTMLElement>("[data-at]")
      const at = Math.min(devices.length - 1, Math.max(0, item ? Number(item.dataset.at) + by : 0))
      reveal(at)
      const row = () => list.current?.querySelector<HTMLElement>(`[data-at="${at}"]`)
      // A row that was not drawn yet is there with the next frame.
      if (row()) row()?.focus()
      else requestAnimationFrame(() => row()?.focus())
    }
    addEventListener("keydown", step)
    return () => removeEventListener("keydown", step)
  }, [devices.length, reveal])

  return (
    <div class="device-board">
      <div class="device-columns" aria-hidden="true">
        <span>{text("column.state")}</span>
        <span>{text("column.name")}</span>
        <span>{text("column.number")}</span>
        <span>{text("column.since")}</span>
        <span>{text("column.message")}</span>
        <span class="activity">{text("column.day")}</span>
        <span>{text("column.health")}</span>
      </div>
      <ul ref={list} class="device-list" style={{ height: `${height}px` }} aria-label={text("devices.list")}>
        {rows.map(({ index, start }) => {
          const device = devices[index]
          return (
            device && (
              <li
                key={device.id}
                data-at={index}
                tabIndex={-1}
                aria-label={nameOf(device)}
                aria-setsize={devices.length}
                aria-posinset={index + 1}
                style={{ transform: `translateY(${start}px)` }}
              >
                <DeviceRow device={device} />
              </li>
            )
          )
        })}
      </ul>
    </div>
  )
}
