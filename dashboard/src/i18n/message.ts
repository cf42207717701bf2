/** What a message is, in words for people. */
import { hasText, text } from "./text.ts"

/** Such as "Foto"; undefined for a kind that is shown as its text. */
export const kindWord = (kind: string): string | undefined => {
  const key = `chats.kind.${kind}`
  return hasText(key) ? text(key) : undefined
}

/** The one line of the gateway, with the kind in the person's language: `[image] foto.png` is "Foto foto.png". */
export const lineOf = (kind: string, summary: string | null): string => {
  const word = kindWord(kind)
  if (summary === null) return word ?? ""
  return word === undefined ? summary : summary.replace(/^\[[^\]]*\]/, word)
}

export const statusWord = (status: string): string => {
  const key = `chats.status.${status}`
  return hasText(key) ? text(key) : status
}
