import { useState } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { Button } from "./button.tsx"

/** Copies a text, and says so. */
export const CopyButton = ({ value }: { readonly value: string }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await write(value)
    setCopied(true)
    setTimeout(() => setCopied(false), 2_000)
  }
  return (
    <Button press={() => void copy()}>
      <span aria-live="polite">{text(isCopied ? "action.copied" : "action.copy")}</span>
    </Button>
  )
}

/** Over plain HTTP browsers have no clipboard: there the text is selected and copied the old way. */
const write = async (value: string): Promise<void> => {
  if (navigator.clipboard) return navigator.clipboard.writeText(value)
  const area = document.createElement("textarea")
  area.value = value
  // A dialog lets nothing outside it be selected.
  const host = document.querySelector("dialog[open]") ?? document.body
  host.append(area)
  area.select()
  document.execCommand("copy")
  area.remove()
  return undefined
}
