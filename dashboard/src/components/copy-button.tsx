import { useState } from "preact/hooks"
import { text, type TextKey } from "../i18n/text.ts"
import { writeToClipboard } from "../state/clipboard.ts"
import { Button } from "./button.tsx"

const SAID_MS = 2_000

/** Copies a text, and says whether that worked. */
export const CopyButton = ({ value }: { readonly value: string }) => {
  const [word, setWord] = useState<TextKey>("action.copy")
  const copy = async () => {
    await writeToClipboard(value).then(
      () => setWord("action.copied"),
      () => setWord("action.notCopied")
    )
    setTimeout(() => setWord("action.copy"), SAID_MS)
  }
  return (
    <Button press={() => void copy()}>
      <span aria-live="polite">{text(word)}</span>
    </Button>
  )
}
