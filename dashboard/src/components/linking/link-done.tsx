import { useEffect } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { Button } from "../button.tsx"
import "./link-done.css"

const SHOWN_MS = 4_000

/** The device is linked. The dialog closes by itself. */
export const LinkDone = ({ name, close }: { readonly name: string; readonly close: () => void }) => {
  useEffect(() => {
    const timer = setTimeout(close, SHOWN_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div class="link-done" role="status">
      <p class="word">
        <span aria-hidden="true">✓</span> {text("link.done")}
      </p>
      <p>{text("link.doneText", { name })}</p>
      <Button kind="primary" press={close}>
        {text("link.doneClose")}
      </Button>
    </div>
  )
}
