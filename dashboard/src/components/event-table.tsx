import { useEffect, useRef, useState } from "preact/hooks"
import type { Event } from "../api/models.ts"
import { exactTime } from "../i18n/time.ts"
import { text } from "../i18n/text.ts"
import { useEventList } from "../state/event-list.ts"
import { EventDialog } from "./event-dialog.tsx"
import { ProblemNote } from "./problem-note.tsx"
import { useVirtualRows } from "./virtual-rows.ts"
import "./event-table.css"

const ROW = 36
/** The next page is asked for when so few rows are left. */
const AHEAD = 30

/** The events of a device, the newest first, of which only those on the screen are in the page. */
export const EventTable = ({ id, types }: { readonly id: string; readonly types: readonly string[] }) => {
  const { events, isLoaded, failure, more } = useEventList(id, types)
  const table = useRef<HTMLTableElement>(null)
  const { rows, height } = useVirtualRows(table, events.length, ROW)
  const [opened, setOpened] = useState<number>()
  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (events.length > 0 && last + AHEAD >= events.length) more()
  }, [events.length, last, more])
  const above = rows[0]?.start ?? 0
  const at = opened === undefined ? -1 : events.findIndex(({ position }) => position === opened)
  const chosen = events[at]
  return (
    <>
      <ProblemNote failure={failure} />
      {isLoaded && events.length === 0 && <p>{text("detail.noEvents")}</p>}
      <table ref={table} class="event-table" aria-rowcount={events.length + 1} hidden={events.length === 0}>
        <thead>
          <tr>
            <th scope="col">{text("event.time")}</th>
            <th scope="col">{text("event.type")}</th>
            <th scope="col">{text("event.change")}</th>
            <th scope="col" class="wide">
              {text("event.who")}
            </th>
            <th scope="col" class="wide number">
              {text("event.position")}
            </th>
          </tr>
        </thead>
        <tbody>
          <Gap height={above} />
          {rows.map(({ index }) => {
            const event = events[index]
            return event && <Row key={event.position} event={event} index={index} open={setOpened} />
          })}
          <Gap height={height - above - rows.length * ROW} />
        </tbody>
      </table>
      {chosen && (
        <EventDialog
          event={chosen}
          newer={events[at - 1]?.position}
          older={events[at + 1]?.position}
          open={setOpened}
          close={() => setOpened(undefined)}
        />
      )}
    </>
  )
}

interface RowProps {
  readonly event: Event
  readonly index: number
  readonly open: (position: number) => void
}

const Row = ({ event, index, open }: RowProps) => (
  <tr aria-rowindex={index + 2}>
    <td>{event.recordedAt !== null && exactTime(event.recordedAt)}</td>
    <td>
      <button type="button" onClick={() => open(event.position)}>
        {event.type}
      </button>
    </td>
    <td>{event.from === event.to ? "" : `${event.from ?? "·"} → ${event.to ?? "·"}`}</td>
    <td class="wide">{event.who}</td>
    <td class="wide number">{event.position}</td>
  </tr>
)

/** Stands for the rows that are not on the screen. */
const Gap = ({ height }: { readonly height: number }) =>
  height > 0 ? (
    <tr aria-hidden="true" class="gap">
      <td colSpan={5} style={{ height: `${height}px` }} />
    </tr>
  ) : null
