import { useLocation } from "preact-iso"
import { useEffect, useId, useState } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { findAnything, type Found } from "../../state/palette.ts"
import { Dialog } from "../dialog.tsx"
import "./palette.css"

/** ⌘K or Ctrl-K: finds devices, pages and actions by what is typed. The arrow keys choose, Enter goes there. */
export const Palette = () => {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const open = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return
      event.preventDefault()
      if (document.querySelector("dialog[open]") === null) setOpen(true)
    }
    addEventListener("keydown", open)
    return () => removeEventListener("keydown", open)
  }, [])
  return isOpen ? <Finder close={() => setOpen(false)} /> : null
}

const Finder = ({ close }: { readonly close: () => void }) => {
  const { route } = useLocation()
  const [words, setWords] = useState("")
  const [at, setAt] = useState(0)
  const id = useId()
  const found = findAnything(words)
  const take = (chosen: Found | undefined) => {
    if (chosen === undefined) return
    close()
    if (typeof chosen.leads === "string") route(chosen.leads)
    else chosen.leads()
  }
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0
    if (event.key === "Enter") take(found[at])
    if (by === 0 && event.key !== "Enter") return
    event.preventDefault()
    if (found.length > 0) setAt((at + by + found.length) % found.length)
  }
  return (
    <Dialog title={text("palette.title")} close={close}>
      <div class="palette">
        <input
          type="text"
          role="combobox"
          list={undefined}
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
          aria-label={text("palette.search")}
          placeholder={text("palette.search")}
          value={words}
          autoFocus
          onInput={({ currentTarget }) => {
            setWords(currentTarget.value)
            setAt(0)
          }}
          onKeyDown={move}
        />
        <ul id={`${id}-list`} role="listbox" aria-label={text("palette.title")}>
          {found.map((each, nth) => (
            <li
              key={each.id}
              id={`${id}-${nth}`}
              role="option"
              aria-selected={nth === at}
              onClick={() => take(each)}
              onMouseMove={() => nth !== at && setAt(nth)}
            >
              <span>{each.word}</span> <small>{each.hint}</small>
            </li>
          ))}
        </ul>
        {found.length === 0 && <p role="status">{text("palette.none")}</p>}
      </div>
    </Dialog>
  )
}
