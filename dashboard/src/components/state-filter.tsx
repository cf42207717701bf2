import { counts } from "../state/fleet.ts"
import { stateWord } from "../i18n/said.ts"
import { text } from "../i18n/text.ts"
import { StateMark } from "./state-mark.tsx"
import "./state-filter.css"

/** What needs a person first. */
const ORDER = ["ERROR", "QR", "RECONNECTING", "LOADING", "INIT", "NONE", "CONNECTED"]

interface Props {
  /** Empty for all states. */
  readonly chosen: string
  readonly choose: (state: string) => void
}

/** How many devices are in each state, as a band and as buttons that filter. */
export const StateFilter = ({ chosen, choose }: Props) => {
  const present = ORDER.filter((state) => (counts.value[state] ?? 0) > 0 || state === chosen)
  const all = Object.values(counts.value).reduce((sum, count) => sum + count, 0)
  return (
    <div class="state-filter">
      <div class="state-band" aria-hidden="true">
        {present.map((state) => (
          <span key={state} class={state.toLowerCase()} style={{ flexGrow: counts.value[state] ?? 0 }} />
        ))}
      </div>
      <div class="choices" role="group" aria-label={text("devices.byState")}>
        <button type="button" aria-pressed={chosen === ""} onClick={() => choose("")}>
          {text("devices.all")} <b>{all}</b>
        </button>
        {present.map((state) => (
          <button
            key={state}
            type="button"
            title={stateWord(state)}
            aria-pressed={chosen === state}
            onClick={() => choose(chosen === state ? "" : state)}
          >
            <StateMark state={state} /> <b>{counts.value[state] ?? 0}</b>
          </button>
        ))}
      </div>
    </div>
  )
}
