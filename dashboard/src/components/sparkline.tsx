import { memo } from "./memo.ts"
import "./sparkline.css"

interface Props {
  /** The oldest first. */
  readonly values: readonly number[]
  /** What is drawn, for those who do not see it. */
  readonly label: string
}

const WIDTH = 100
const HEIGHT = 30
/** Room for the line's own width. */
const EDGE = 1

/** A few values over time, as a line from zero to the highest of them. */
export const Sparkline = memo(({ values, label }: Props) => {
  const highest = Math.max(...values, Number.EPSILON)
  const step = WIDTH / Math.max(1, values.length - 1)
  const points = values.map((value, nth) => {
    const y = HEIGHT - EDGE - (Math.max(0, value) / highest) * (HEIGHT - 2 * EDGE)
    return `${(nth * step).toFixed(2)},${y.toFixed(2)}`
  })
  return (
    <svg class="sparkline" role="img" aria-label={label} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none">
      {values.length > 1 && <polygon points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />}
      {values.length > 1 && <polyline points={points.join(" ")} />}
    </svg>
  )
})
