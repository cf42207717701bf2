import { counts } from "../../state/fleet.ts"
import { stateWord } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { Choices } from "../choices.tsx"
import { StateMark } from "../state-mark.tsx"
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
      <Choices
        label={text("devices.byState")}
        chosen={chosen}
        choose={(state) => choose(state === chosen ? "" : state)}
        choices={[
          { name: "", word: [text("devices.all"), " ", <b key="all">{all}</b>] },
          ...present.map((state) => ({
            name: state,
            hint: stateWord(state),
            word: [<StateMark key="mark" state={state} />, " ", <b key="count">{counts.value[state] ?? 0}</b>]
          }))
        ]}
      />
    </div>
  )
}
