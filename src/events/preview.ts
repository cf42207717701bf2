/**
 * What a list of chats shows of a message: the beginning of its text or caption. The one place that decides it; kinds without words of
 * their own show nothing but their kind.
 */
import type { IncomingContent, OutgoingContent } from "./message.ts"

/** Characters. */
const PREVIEW_MAX = 100

export const previewOf = (content: OutgoingContent | IncomingContent): string | null => {
  const words = "text" in content ? content.text : "caption" in content ? content.caption : undefined
  if (words === undefined || words === "") return null
  return words.length > PREVIEW_MAX ? words.slice(0, PREVIEW_MAX).toWellFormed() : words
}
