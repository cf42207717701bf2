import { useLocation, useRoute } from "preact-iso"
import { eventsPath } from "../api/history.ts"
import type { FleetDevice } from "../api/models.ts"
import { Button } from "../components/button.tsx"
import { Choices } from "../components/choices.tsx"
import { AccountHealthSection } from "../components/device/account-health.tsx"
import { DeviceActions } from "../components/devices/device-actions.tsx"
import { EventTable } from "../components/device/event-table.tsx"
import { CopyCall } from "../components/copy-call.tsx"
import { MomentPanel } from "../components/device/moment.tsx"
import { NoticeBar } from "../components/notice-bar.tsx"
import { Proof } from "../components/device/proof.tsx"
import { ProblemNote } from "../components/problem-note.tsx"
import { StateMark } from "../components/state-mark.tsx"
import { Statechart } from "../components/device/statechart.tsx"
import { StateTimeline } from "../components/device/state-timeline.tsx"
import { TimeAgo } from "../components/time-ago.tsx"
import { groupedNumber } from "../i18n/phone.ts"
import { adviceOf, nameOf } from "../i18n/said.ts"
import { text, type TextKey } from "../i18n/text.ts"
import { kinds } from "../state/event-kinds.ts"
import { devices, isLoaded } from "../state/fleet.ts"
import { timeOf, useMoment, useTimeline } from "../state/moments.ts"
import { addressOf, withQuery } from "../state/pages.ts"
import { may } from "../state/session.ts"
import "./device.css"

/** One device: how it is, how it was at any moment, and what happened. The address holds all that is chosen. */
export const DevicePage = () => {
  const { params } = useRoute()
  const device = devices.value.get(params.id ?? "")
  // Proof, timeline and dialogs are of one device.
  if (device) return <Detail key={device.id} device={device} />
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

/** What the address may hold, with what it leaves out. */
const DEFAULTS = { at: "", kind: "", span: "24h", rows: "sends", event: "" }

const Detail = ({ device }: { readonly device: FleetDevice }) => {
  const { path, query, route } = useLocation()
  const chosen = { ...DEFAULTS, ...query }
  const { kind, span, rows } = chosen
  const at = chosen.at === "" ? undefined : chosen.at
  const choose = (next: Partial<typeof DEFAULTS>) => route(withQuery(path, { ...chosen, ...next }, DEFAULTS), true)
  const { id, state, stateSince, number } = device
  const spanMs = spans.find(([name]) => name === span)?.[2] ?? DAY_MS
  const timeline = useTimeline(device, spanMs, stateSince)
  const { at: shownAt, moment, failure } = useMoment(id, at, `${stateSince} ${device.reason} ${device.userAction}`)
  const types = kinds.find(({ name }) => name === kind)?.types ?? []
  const advice = adviceOf(device)
  const isStale = shownAt !== at
  // A position has no time before its replay has come, and an address may hold what is no time.
  const ms = Date.parse(timeOf(at, isStale ? undefined : moment?.replay) ?? "")
  return (
    <div class="device-page">
      <a href={addressOf("dispositivos")}>← {text("detail.back")}</a>
      <div class="heading">
        <div>
          <h1>{nameOf(device)}</h1>
          <p>
            {number !== null && <span class="quiet">{groupedNumber(number)} </span>}
            <StateMark state={state} /> {stateSince !== null && <TimeAgo at={stateSince} />}
          </p>
        </div>
        <div class="heading-tools">
          {may("audit") && <Proof id={id} />}
          <a class="button plain" href={addressOf("conversaciones", id)}>
            {text("nav.conversations")}
          </a>
          {may("manage") && <DeviceActions device={device} />}
        </div>
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
            at={Number.isNaN(ms) ? undefined : ms}
            move={(ms) => choose({ at: new Date(ms).toISOString() })}
          />
        )}
        {timeline?.states.isComplete === false && <p class="quiet">{text("detail.cut")}</p>}
        <ProblemNote failure={failure} />
        <div class="row">
          {at === undefined ? (
            <p class="quiet">{text("detail.momentHint")}</p>
          ) : (
            <Button press={() => choose({ at: "" })}>{text("detail.now")}</Button>
          )}
        </div>
        {moment && (
          <div class={`moment-and-chart ${isStale ? "stale" : ""}`} aria-busy={isStale}>
            <MomentPanel
              id={id}
              moment={moment}
              at={shownAt}
              open={({ position }) => choose({ event: String(position) })}
            />
            <Statechart state={moment.replay.state} last={moment.causes.find((event) => event.from !== event.to)} />
          </div>
        )}
      </section>

      <AccountHealthSection key={id} id={id} />

      <section>
        <div class="row">
          <h2>{text("detail.events")}</h2>
          <Choices
            label={text("detail.filter")}
            choices={kinds.map(({ name, word }) => ({ name, word: text(word) }))}
            chosen={kind}
            choose={(name) => choose({ kind: name })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={rows === "sends"}
              onChange={({ currentTarget }) => choose({ rows: currentTarget.checked ? "sends" : "all" })}
            />
            {text("detail.grouped")}
          </label>
          <CopyCall call={{ method: "GET", path: eventsPath(id, { types, limit: 100 }) }} />
        </div>
        <EventTable
          key={kind}
          id={id}
          types={types}
          isGrouped={rows === "sends"}
          opened={chosen.event === "" ? undefined : Number(chosen.event)}
          open={(position) => choose({ event: position === undefined ? "" : String(position) })}
        />
      </section>
    </div>
  )
}
