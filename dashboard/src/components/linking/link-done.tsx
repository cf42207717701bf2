import { useEffect } from "preact/hooks"
import { text } from "../../i18n/text.ts"
import { addressOf } from "../../state/pages.ts"
import { Button } from "../button.tsx"
import "./link-done.css"

const SHOWN_MS = 4_000

interface Props {
  /** The device's. */
  readonly id: string
  readonly name: string
  readonly close: () => void
}

/** The device is linked. The dialog closes by itself. */
export const LinkDone = ({ id, name, close }: Props) => {
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
      <div class="buttons">
        <a class="button plain" href={addressOf("dispositivos", id)} onClick={close}>
          {text("link.doneOpen")}
        </a>
        <Button kind="primary" press={close}>
          {text("link.doneClose")}
        </Button>
      </div>
    </div>
  )
}
