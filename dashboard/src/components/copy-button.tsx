import { useState } from "preact/hooks"
import { text } from "../i18n/text.ts"
import { writeToClipboard } from "../state/clipboard.ts"
import { Button } from "./button.tsx"

/** Copies a text, and says so. */
export const CopyButton = ({ value }: { readonly value: string }) => {
  const [isCopied, setCopied] = useState(false)
  const copy = async () => {
    await writeToClipboard(value)
    setCopied(true)
    setTimeout(() => setCopied(false), 2_000)
  }
  return (
    <Button press={() => void copy()}>
      <span aria-live="polite">{text(isCopied ? "action.copied" : "action.copy")}</span>
    </Button>
  )
}
