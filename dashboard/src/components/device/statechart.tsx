import { stateShape } from "../state-mark.tsx"
import { stateWord } from "../../i18n/said.ts"
import { text } from "../../i18n/text.ts"
import { BOX, edges, HEIGHT, lineOf, places, WIDTH } from "../../state/statechart.ts"
import "./statechart.css"

interface Props {
  readonly state: string | null
  /** The last change of the state; undefined when it is not known. */
  readonly last: { readonly from: string | null; readonly to: string | null } | undefined
}

/** The machine that drives a device, with its state lit and the way by which it got there. */
export const Statechart = ({ state, last }: Props) => (
  <figure class="statechart">
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      role="img"
      aria-label={text("chart.label", { state: state === null ? text("detail.before") : stateWord(state) })}
    >
      <defs>
        <marker
          id="arrow"
          viewBox="0 0 8 8"
          refX="7"
          refY="4"
          markerWidth="8"
          markerHeight="8"
          markerUnits="userSpaceOnUse"
          orient="auto"
        >
          <path d="M0 0 8 4 0 8Z" />
        </marker>
      </defs>
      {edges.map(([from, to]) => {
        const line = lineOf(from, to)
        const isLast = last?.from === from && last.to === to
        return (
          <line
            key={`${from} ${to}`}
            class={isLast ? "taken" : ""}
            x1={line.from.x}
            y1={line.from.y}
            x2={line.to.x}
            y2={line.to.y}
            marker-end="url(#arrow)"
          />
        )
      })}
      {Object.entries(places).map(([name, { x, y }]) => (
        <g key={name} class={`${name.toLowerCase()} ${name === state ? "present" : ""}`}>
          <rect x={x - BOX.width / 2} y={y - BOX.height / 2} width={BOX.width} height={BOX.height} rx="6" />
          <text x={x} y={y}>
            {stateShape(name)} {name}
          </text>
        </g>
      ))}
    </svg>
    <figcaption>{text("chart.rest")}</figcaption>
  </figure>
)
