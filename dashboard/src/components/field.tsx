import { useId } from "preact/hooks"
import "./field.css"

interface Props {
  readonly label: string
  readonly value: string
  readonly change: (value: string) => void
  readonly hint?: string
  readonly type?: "text" | "tel" | "password" | "search"
  readonly autocomplete?: string
  readonly isRequired?: boolean
  readonly isFirst?: boolean
}

/** A labelled input of one line. */
export const Field = ({ label, value, change, hint, type = "text", autocomplete, isRequired, isFirst }: Props) => {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- tsc tells the types of inputs apart by what else each may have
        type={type as "text"}
        value={value}
        onInput={({ currentTarget }) => change(currentTarget.value)}
        inputMode={type === "tel" ? "tel" : undefined}
        autocomplete={autocomplete ?? "off"}
        required={isRequired}
        autofocus={isFirst}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      {hint !== undefined && (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}
