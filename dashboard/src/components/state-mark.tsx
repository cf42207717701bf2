import { stateWord } from "../i18n/said.ts"
import "./state-mark.css"

/** A state has a colour, a shape and a word: never a colour alone. The same everywhere. */
const shapes: Readonly<Record<string, string>> = {
  CONNECTED: "●",
  LOADING: "◐",
  INIT: "◐",
  QR: "▲",
  RECONNECTING: "↻",
  ERROR: "■",
  NONE: "○"
}

export const stateShape = (state: string): string => shapes[state] ?? "○"

export const StateMark = ({ state }: { readonly state: string }) => (
  <span class={`state-mark ${state.toLowerCase()}`} title={stateWord(state)}>
    <span aria-hidden="true">{stateShape(state)}</span> {state}
  </span>
)
