import type { ComponentChildren } from "preact"
import { useId, useRef } from "preact/hooks"
import "./tabs.css"

interface Props<Name extends string> {
  readonly label: string
  readonly tabs: readonly (readonly [name: Name, word: string])[]
  readonly chosen: Name
  readonly choose: (name: Name) => void
  readonly children: ComponentChildren
}

/** Tabs with the panel of the chosen one. The arrow keys move between them. */
export const Tabs = <Name extends string>({ label, tabs, chosen, choose, children }: Props<Name>) => {
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0
    if (step === 0) return
    const at = (tabs.findIndex(([name]) => name === chosen) + step + tabs.length) % tabs.length
    const next = tabs[at]
    if (next) choose(next[0])
    list.current?.querySelectorAll("button")[at]?.focus()
  }
  return (
    <div class="tabs">
      <div ref={list} class="tab-list" role="tablist" aria-label={label} onKeyDown={move}>
        {tabs.map(([name, word]) => (
          <button
            key={name}
            id={`${id}-${name}`}
            type="button"
            role="tab"
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {word}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </div>
  )
}
