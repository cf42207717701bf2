import { Sparkline } from "../sparkline.tsx"
import "./measure.css"

interface Props {
  readonly title: string
  readonly value: string
  readonly hint: string
  /** The oldest first. */
  readonly values: readonly number[]
}

/** One number that changes, large, and how it was before. */
export const Measure = ({ title, value, hint, values }: Props) => (
  <section class="measure">
    <h3>{title}</h3>
    <p class="value">{value}</p>
    <Sparkline values={values} label={title} />
    <p class="hint">{hint}</p>
  </section>
)
