import { useEffect, useMemo, useRef } from "preact/hooks"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { useEventList } from "../../state/event-list.ts"
import { useEvent } from "../../state/event-of-position.ts"
import { type EventRow, rowsOf } from "../../state/event-rows.ts"
import { Button } from "../button.tsx"
import { EventDialog } from "./event-dialog.tsx"
import { memo } from "../memo.ts"
import { MessageSteps } from "./message-steps.tsx"
import { ProblemNote } from "../problem-note.tsx"
import { useVirtualRows } from "../virtual-rows.ts"
import "../log-table.css"
import "./event-table.css"

const ROW = 36
/** The next page is asked for when so few rows are left. */
const AHEAD = 30

interface Props {
  readonly id: string
  /** Empty for all. */
  readonly types: readonly string[]
  /** One row for all that happened to a message on its way. */
  readonly isGrouped: boolean
  /** The position of the event that is shown alone. */
  readonly opened: number | undefined
  readonly open: (position: number | undefined) => void
}

/** The events of a device, the newest first, of which only those on the screen are in the page. */
export const EventTable = ({ id, types, isGrouped, opened, open: setOpened }: Props) => {
  const { events, isLoaded, failure, more, retry } = useEventList(id, types)
  const table = useRef<HTMLTableElement>(null)
  const lines = useMemo(
    () => (isGrouped ? rowsOf(events) : events.map((event): EventRow => ({ events: [event] }))),
    [events, isGrouped]
  )
  const { rows, height } = useVirtualRows(table, lines.length, ROW)
  const last = rows.at(-1)?.index ?? 0
  useEffect(() => {
    if (lines.length > 0 && last + AHEAD >= lines.length) more()
  }, [lines.length, events.length, last, more])
  const above = rows[0]?.start ?? 0
  const at = opened === undefined ? -1 : events.findIndex(({ position }) => position === opened)
  const chosen = useEvent(id, opened, events[at])
  return (
    <>
      {failure !== undefined && (
        <div class="row">
          <ProblemNote failure={failure} />
          <Button press={retry}>{text("action.retry")}</Button>
        </div>
      )}
      {isLoaded && events.length === 0 && <p>{text("detail.noEvents")}</p>}
      <table ref={table} class="log-table event-table" aria-rowcount={lines.length + 1} hidden={events.length === 0}>
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
            const line = lines[index]
            return line && <Row key={line.events[0].position} row={line} index={index} open={setOpened} />
          })}
          <Gap height={height - above - rows.length * ROW} />
        </tbody>
      </table>
      {chosen && (
        <EventDialog
          device={id}
          event={chosen}
          // An event that the filter leaves out has no neighbours in the list.
          newer={at < 0 ? undefined : events[at - 1]?.position}
          older={at < 0 ? undefined : events[at + 1]?.position}
          open={setOpened}
          close={() => setOpened(undefined)}
        />
      )}
    </>
  )
}

interface RowProps {
  readonly row: EventRow
  readonly index: number
  readonly open: (position: number) => void
}

const Row = memo(({ row, index, open }: RowProps) => {
  const [event] = row.events
  const isWay = row.events.length > 1
  return (
    <tr aria-rowindex={index + 2}>
      <td>{event.recordedAt !== null && exactTime(event.recordedAt)}</td>
      <td>
        <button type="button" onClick={() => open(event.position)}>
          {event.type}
        </button>
      </td>
      <td>
        {isWay ? (
          <MessageSteps row={row} />
        ) : event.from === event.to ? (
          ""
        ) : (
          `${event.from ?? "·"} → ${event.to ?? "·"}`
        )}
      </td>
      <td class="wide">{event.who}</td>
      <td class="wide number">{event.position}</td>
    </tr>
  )
})

/** Stands for the rows that are not on the screen. */
const Gap = ({ height }: { readonly height: number }) =>
  height > 0 ? (
    <tr aria-hidden="true" class="gap">
      <td colSpan={5} style={{ height: `${height}px` }} />
    </tr>
  ) : null
