/** What was written into a chat and not sent yet: it is there again when the person comes back. */
import { useCallback, useState } from "preact/hooks"

const drafts = new Map<string, string>()

/** For a component that has the device and the chat as its key. */
export const useDraft = (device: string, chat: string): [words: string, write: (words: string) => void] => {
  const place = `${device}/${chat}`
  const [words, setWords] = useState(() => drafts.get(place) ?? "")
  const write = useCallback(
    (next: string) => {
      drafts.set(place, next)
      setWords(next)
    },
    [place]
  )
  return [words, write]
}
