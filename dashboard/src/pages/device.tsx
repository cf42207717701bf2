import { useLocation, useRoute } from "preact-iso"
import type { FleetDevice } from "../api/models.ts"
import { Button } from "../components/button.tsx"
import { Choices } from "../components/choices.tsx"
import { DeviceActions } from "../components/device-actions.tsx"
import { EventTable } from "../components/event-table.tsx"
import { Moment } from "../components/moment.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { ProblemNote } from "../components/problem-note.tsx"
import { StateMark } from "../components/state-mark.tsx"
import { StateTimeline } from "../components/state-timeline.tsx"
import { TimeAgo } from "../components/time-ago.tsx"
import { groupedNumber } from "../i18n/phone.ts"
import { adviceOf, nameOf } from "../i18n/said.ts"
import { text, type TextKey } from "../i18n/text.ts"
import { kinds } from "../state/event-kinds.ts"
import { devices, isLoaded } from "../state/fleet.ts"
import { useMoment, useTimeline } from "../state/moments.ts"
import { mayManage } from "../state/session.ts"
import "./device.css"

/** One device: how it is, how it was at any moment, and what happened. The address holds all that is chosen. */
export const DevicePage = () => {
  const { params } = useRoute()
  const device = devices.value.get(params.id ?? "")
  if (device) return <Detail device={device} />
  return isLoaded.value ? (
    <>
      <h1>{text("page.missing")}</h1>
      <p>{text("detail.missing")}</p>
      <a href="/dashboard/">{text("page.toDevices")}</a>
    </>
  ) : null
}

const DAY_MS = 86_400_000
const spans: readonly (readonly [name: string, word: TextKey, ms: number])[] = [
  ["24h", "detail.day", DAY_MS],
  ["7d", "detail.week", 7 * DAY_MS],
  ["30d", "detail.month", 30 * DAY_MS]
]

const Detail = ({ device }: { readonly device: FleetDevice }) => {
  const { path, query, route } = useLocation()
  const { at, kind = "", span = "24h" } = query
  const choose = (next: Readonly<Record<string, string>>) => {
    const wanted = Object.entries({ at: at ?? "", kind, span, ...next }).filter(
      ([name, value]) => value !== "" && !(name === "span" && value === "24h")
    )
    const search = new URLSearchParams(wanted).toString()
    route(search === "" ? path : `${path}?${search}`, true)
  }
  const { id, state, stateSince, number } = device
  const spanMs = spans.find(([name]) => name === span)?.[2] ?? DAY_MS
  const timeline = useTimeline(device, spanMs, stateSince)
  const { replay, failure } = useMoment(id, at)
  const types = kinds.find(({ name }) => name === kind)?.types ?? []
  const advice = adviceOf(device)
  // A position has no time before its replay has come.
  const moment = at === undefined ? undefined : /^\d+$/.test(at) ? (replay?.recordedAt ?? undefined) : at
  return (
    <div class="device-page">
      <a href="/dashboard/">← {text("detail.back")}</a>
      <div class="heading">
        <div>
          <h1>{nameOf(device)}</h1>
          <p>
            {number !== null && <span class="quiet">{groupedNumber(number)} </span>}
            <StateMark state={state} /> {stateSince !== null && <TimeAgo at={stateSince} />}
          </p>
        </div>
        {mayManage() && <DeviceActions device={device} />}
      </div>
      <NoticeBar />
      {advice !== undefined && <p class="advice">{advice}</p>}

      <section>
        <div class="row">
          <h2>{text("detail.timeline")}</h2>
          <Choices
            label={text("detail.range")}
            choices={spans.map(([name, word]) => ({ name, word: text(word) }))}
            chosen={span}
            choose={(name) => choose({ span: name })}
          />
        </div>
        {timeline && (
          <StateTimeline
            {...timeline}
            at={moment === undefined ? undefined : Date.parse(moment)}
            move={(ms) => choose({ at: new Date(ms).toISOString() })}
          />
        )}
        {timeline?.states.isComplete === false && <p class="quiet">{text("detail.cut")}</p>}
        <ProblemNote failure={failure} />
        {at === undefined || moment === undefined || !replay ? (
          <p class="quiet">{text("detail.momentHint")}</p>
        ) : (
          <>
            <Moment replay={replay} at={moment} />
            <Button press={() => choose({ at: "" })}>{text("detail.now")}</Button>
          </>
        )}
      </section>

      <section>
        <div class="row">
          <h2>{text("detail.events")}</h2>
          <Choices
            label={text("detail.filter")}
            choices={kinds.map(({ name, word }) => ({ name, word: text(word) }))}
            chosen={kind}
            choose={(name) => choose({ kind: name })}
          />
        </div>
        <EventTable key={kind} id={id} types={types} />
      </section>
    </div>
  )
}
