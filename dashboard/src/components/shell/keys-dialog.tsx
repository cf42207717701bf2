import { useEffect, useState } from "preact/hooks"
import { text, type TextKey } from "../../i18n/text.ts"
import { Dialog } from "../dialog.tsx"
import { isField } from "../is-field.ts"
import "./keys-dialog.css"

const keys: readonly (readonly [key: string, does: TextKey])[] = [
  ["j", "keys.next"],
  ["k", "keys.previous"],
  ["Enter", "keys.open"],
  ["[", "keys.older"],
  ["]", "keys.newer"],
  ["Esc", "keys.close"],
  ["Ctrl K", "keys.find"],
  ["?", "keys.list"]
]

/** The keys that do something. `?` opens it. */
export const KeysDialog = () => {
  const [isOpen, setOpen] = useState(false)
  useEffect(() => {
    const open = ({ key, target }: KeyboardEvent) => {
      const isTyping = isField(target)
      if (key === "?" && !isTyping && document.querySelector("dialog[open]") === null) setOpen(true)
    }
    addEventListener("keydown", open)
    return () => removeEventListener("keydown", open)
  }, [])
  if (!isOpen) return null
  return (
    <Dialog title={text("keys.title")} close={() => setOpen(false)}>
      <dl class="keys">
        {keys.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{text(does)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
