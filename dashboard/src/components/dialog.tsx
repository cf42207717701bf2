import type { ComponentChildren } from "preact"
import { useId, useLayoutEffect, useRef } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { Button } from "./button.tsx"
import "./dialog.css"

interface Props {
  readonly title: string
  readonly close: () => void
  readonly children: ComponentChildren
  readonly isWide?: boolean
  /** Without it, neither Escape nor a cross closes the dialog: it shows what cannot be shown again. Its content has to close it. */
  readonly isDismissible?: boolean
}

/** A modal dialog. The browser keeps the focus inside, closes it with Escape, and gives the focus back. */
export const Dialog = ({ title, close, children, isWide = false, isDismissible = true }: Props) => {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useLayoutEffect(() => {
    const opened = dialog.current
    const before = document.activeElement
    opened?.showModal()
    return () => {
      opened?.close()
      // What had the focus may be gone with the dialog before this one, or with what was removed.
      const next = before instanceof HTMLElement && before.isConnected ? before : document.querySelector("#content")
      if (next instanceof HTMLElement) next.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      class={`dialog ${isWide ? "wide" : ""}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (isDismissible) close()
      }}
      // A second Escape closes it without asking.
      onClose={() => dialog.current?.isConnected && !isDismissible && dialog.current.showModal()}
    >
      <header>
        <h2 id={id}>{title}</h2>
        {isDismissible && (
          <Button kind="quiet" press={close} label={text("action.close")}>
            ✕
          </Button>
        )}
      </header>
      {children}
    </dialog>
  )
}
