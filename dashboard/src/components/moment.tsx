import type { Replay } from "../api/models.ts"
import { reasonText } from "../i18n/said.ts"
import { exactTime } from "../i18n/time.ts"
import { hasText, text } from "../i18n/text.ts"
import { StateMark } from "./state-mark.tsx"
import "./moment.css"

interface Props {
  readonly replay: Replay
  /** ISO 8601. */
  readonly at: string
}

interface Context {
  readonly reason?: string | null
  readonly attempt?: number
  readonly userAction?: string | null
}

const LAST = 5

/** A device as it was at a moment, and the events that led there. */
export const Moment = ({ replay, at }: Props) => {
  const { state, position, transitions } = replay
  const { reason, attempt = 0, userAction } = (replay.context ?? {}) as Context
  const advice = `advice.${userAction}`
  return (
    <section class="moment" aria-live="polite">
      <p>
        {text("detail.at", { time: exactTime(at) })}{" "}
        {state === null ? text("detail.before") : <StateMark state={state} />}
        {position !== null && <small> · {text("detail.position", { position })}</small>}
      </p>
      <dl>
        {reason != null && <Fact name={text("detail.reason")} value={reasonText(reason)} />}
        {attempt > 0 && <Fact name={text("detail.attempt")} value={String(attempt)} />}
        {userAction != null && hasText(advice) && <Fact name={text("detail.userAction")} value={text(advice)} />}
      </dl>
      {transitions.length > 0 && (
        <>
          <h2>{text("detail.why")}</h2>
          <ol>
            {transitions.slice(-LAST).map((event) => (
              <li key={event.position}>
                <code>{event.type}</code>
                {event.from !== event.to && (
                  <>
                    {" "}
                    → <StateMark state={event.to ?? ""} />
                  </>
                )}{" "}
                <small>{event.recordedAt !== null && exactTime(event.recordedAt)}</small>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}

const Fact = ({ name, value }: { readonly name: string; readonly value: string }) => (
  <div>
    <dt>{name}</dt>
    <dd>{value}</dd>
  </div>
)
