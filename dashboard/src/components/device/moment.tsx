import type { Event } from "../../api/models.ts"
import { eventDetail, factText } from "../../i18n/fact.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { replayPath } from "../../api/history.ts"
import { type Moment, timeOf } from "../../state/moments.ts"
import { changesBetween, contextOf, facts } from "../../state/what-changed.ts"
import { CopyCall } from "../copy-call.tsx"
import { StateMark } from "../state-mark.tsx"
import "./moment.css"

interface Props {
  readonly id: string
  readonly moment: Moment
  /** What it was asked for: ISO 8601, or a position; undefined for now. */
  readonly at: string | undefined
  /** Opens an event, by its position. */
  readonly open: (event: Event) => void
}

/** The facts that are shown only while they say something. */
const isTelling = (value: unknown): boolean => value !== null && value !== undefined && value !== 0 && value !== false

/** A device as it was at a moment: its state, why, and what the last event changed. */
export const MomentPanel = ({ id, moment: { replay, before, causes }, at, open }: Props) => {
  const { state, position } = replay
  const context = contextOf(replay)
  const known = facts.filter(([name]) => isTelling(context[name]))
  const changes = changesBetween(before, replay)
  const time = timeOf(at, replay)
  return (
    <section class="moment">
      <p class="moment-head" aria-live="polite">
        <span>
          {at === undefined
            ? text("detail.present")
            : time !== undefined && text("detail.at", { time: exactTime(time) })}{" "}
          {state === null ? text("detail.before") : <StateMark state={state} />}
          {position !== null && <small> · {text("detail.position", { position })}</small>}
        </span>
        <CopyCall call={{ method: "GET", path: replayPath(id, position === null ? at : String(position)) }} />
      </p>
      <dl>
        {known.map(([name, word]) => (
          <div key={name}>
            <dt>{text(word)}</dt>
            <dd>{factText(name, context[name])}</dd>
          </div>
        ))}
      </dl>
      {changes.length > 0 && (
        <>
          <h2>{text("detail.changed")}</h2>
          <ul class="moment-changes">
            {changes.map(({ name, word, from, to }) => (
              <li key={name}>
                {text(word)}: {name === "state" ? ((from as string | null) ?? "–") : factText(name, from)} →{" "}
                {name === "state" ? <StateMark state={String(to)} /> : factText(name, to)}
              </li>
            ))}
          </ul>
        </>
      )}
      {causes.length > 0 && (
        <>
          <h2>{text("detail.why")}</h2>
          <ol class="moment-causes">
            {causes.map((event) => (
              <li key={event.position}>
                <button type="button" class="link" onClick={() => open(event)}>
                  {event.type}
                </button>{" "}
                {eventDetail(event.data)}{" "}
                {event.from !== event.to && event.to !== null && (
                  <>
                    → <StateMark state={event.to} />{" "}
                  </>
                )}
                <small>{event.recordedAt !== null && exactTime(event.recordedAt)}</small>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}
