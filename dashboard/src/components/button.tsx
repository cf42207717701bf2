import type { ComponentChildren } from "preact"
import "./button.css"

interface Props {
  readonly children: ComponentChildren
  readonly press?: () => void
  readonly kind?: "primary" | "plain" | "danger" | "quiet"
  readonly type?: "button" | "submit"
  readonly isDisabled?: boolean
  readonly label?: string
  readonly hint?: string
}

/** A button. `label` names one that shows no word. */
export const Button = ({
  children,
  press,
  kind = "plain",
  type = "button",
  isDisabled = false,
  label,
  hint
}: Props) => (
  <button class={`button ${kind}`} type={type} disabled={isDisabled} onClick={press} aria-label={label} title={hint}>
    {children}
  </button>
)
