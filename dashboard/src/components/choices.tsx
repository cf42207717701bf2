import type { ComponentChildren } from "preact"
import "./choices.css"

export interface Choice {
  readonly name: string
  readonly word: ComponentChildren
  readonly hint?: string
}

interface Props {
  readonly label: string
  readonly choices: readonly Choice[]
  readonly chosen: string
  readonly choose: (name: string) => void
}

/** A few choices side by side, of which one holds. */
export const Choices = ({ label, choices, chosen, choose }: Props) => (
  <div class="choices" role="group" aria-label={label}>
    {choices.map(({ name, word, hint }) => (
      <button key={name} type="button" title={hint} aria-pressed={name === chosen} onClick={() => choose(name)}>
        {word}
      </button>
    ))}
  </div>
)
