import type { ComponentChildren } from "preact"
import { useId } from "preact/hooks"
import "./switch.css"

interface Props {
  readonly isOn: boolean
  readonly change: (isOn: boolean) => void
  readonly children: ComponentChildren
  readonly hint?: string
  readonly isDisabled?: boolean
}

/** Something that is on or off, at once. */
export const Switch = ({ isOn, change, children, hint, isDisabled = false }: Props) => {
  const id = useId()
  return (
    <div class="switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={isOn}
        disabled={isDisabled}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={({ currentTarget }) => {
          const wanted = currentTarget.checked
          // It shows what is, which follows.
          currentTarget.checked = isOn
          change(wanted)
        }}
      />
      <label for={id}>{children}</label>
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
