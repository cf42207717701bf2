import { useId, useRef } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { placeBelow } from "./place-below.ts"
import "./menu.css"

export interface MenuItem {
  readonly word: string
  readonly choose: () => void
  readonly isDanger?: boolean
}

/** A button that opens a list of actions. The browser shows it above all else, and closes it with Escape or a click elsewhere. */
export const Menu = ({ label, items }: { readonly label: string; readonly items: readonly MenuItem[] }) => {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const place = () => {
    placeBelow(button.current, list.current)
    list.current?.querySelector("button")?.focus()
  }
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])]
    const at = buttons.findIndex((each) => each === document.activeElement)
    buttons[(at + step + buttons.length) % buttons.length]?.focus()
  }
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button plain menu-button"
        aria-label={label}
        title={text("action.more")}
        popovertarget={id}
      >
        ⋯
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        class="menu"
        onKeyDown={move}
        onToggle={({ newState }) => newState === "open" && place()}
      >
        {items.map(({ word, choose, isDanger = false }) => (
          <button
            key={word}
            type="button"
            class={isDanger ? "danger" : ""}
            onClick={() => {
              list.current?.hidePopover()
              choose()
            }}
          >
            {word}
          </button>
        ))}
      </div>
    </>
  )
}
