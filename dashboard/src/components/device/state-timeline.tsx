import type { States } from "../../api/models.ts"
import { stateWord } from "../../i18n/said.ts"
import { exactTime } from "../../i18n/time.ts"
import { text } from "../../i18n/text.ts"
import { useRested } from "../../state/rested.ts"
import "./state-timeline.css"

interface Props {
  readonly states: States
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
  /** The moment that is shown; undefined for now. */
  readonly at: number | undefined
  readonly move: (at: number) => void
}

/** The states of a device as bands over time, with a slider to any moment. */
export const StateTimeline = ({ states, from, to, at: settledAt, move: settle }: Props) => {
  const [at, move] = useRested(settledAt, (ms) => ms !== undefined && settle(ms))
  const bands = bandsOf(states, from, to)
  const span = Math.max(1, to - from)
  const chosen = Math.min(to, Math.max(from, at ?? to))
  const shown = bands.findLast((band) => band.begin <= chosen)
  return (
    <div class="state-timeline">
      <div class="bands" role="img" aria-label={text("detail.timeline")}>
        {bands.map(({ state, begin, end }) => (
          <span
            key={begin}
            class={state.toLowerCase()}
            title={`${state} · ${exactTime(new Date(begin).toISOString())}`}
            style={{ left: `${((begin - from) / span) * 100}%`, width: `${((end - begin) / span) * 100}%` }}
          />
        ))}
      </div>
      <input
        type="range"
        min={from}
        max={to}
        step="any"
        value={chosen}
        aria-label={text("detail.moment")}
        aria-valuetext={`${exactTime(new Date(chosen).toISOString())}, ${shown ? stateWord(shown.state) : text("detail.before")}`}
        onInput={({ currentTarget }) => move(Number(currentTarget.value))}
      />
      <div class="ends" aria-hidden="true">
        <span>{exactTime(new Date(from).toISOString())}</span>
        <span>{exactTime(new Date(to).toISOString())}</span>
      </div>
    </div>
  )
}

interface Band {
  readonly state: string
  readonly begin: number
  readonly end: number
}

const bandsOf = ({ items }: States, from: number, to: number): readonly Band[] =>
  items.map(({ state, at }, nth) => {
    const next = items[nth + 1]
    const begin = Math.max(from, Date.parse(at))
    return { state, begin, end: Math.max(begin, next ? Math.min(to, Date.parse(next.at)) : to) }
  })
