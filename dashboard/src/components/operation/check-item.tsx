import "./check-item.css"

interface Props {
  readonly word: string
  readonly hint?: string
  readonly isChecked: boolean
  readonly change: (isChecked: boolean) => void
}

/** Something to choose or to leave out. */
export const CheckItem = ({ word, hint, isChecked, change }: Props) => (
  <label class="check-item">
    <input type="checkbox" checked={isChecked} onChange={({ currentTarget }) => change(currentTarget.checked)} />
    <span>
      {word}
      {hint !== undefined && <small>{hint}</small>}
    </span>
  </label>
)
