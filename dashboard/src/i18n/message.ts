/** What a message is and what became of it, in words for people. */
import type { ChatMessage } from "../api/models.ts"
import { text, type TextKey } from "./text.ts"

const kinds: Readonly<Record<string, TextKey>> = {
  image: "conversations.kindImage",
  video: "conversations.kindVideo",
  audio: "conversations.kindAudio",
  sticker: "conversations.kindSticker",
  document: "conversations.kindDocument",
  location: "conversations.kindLocation",
  contacts: "conversations.kindContacts",
  poll: "conversations.kindPoll",
  event: "conversations.kindEvent",
  unavailable: "conversations.kindUnavailable"
}

/** Such as "Foto"; undefined for a kind that is shown as its text. */
export const kindWord = (kind: string): string | undefined => {
  const key = kinds[kind]
  return key && text(key)
}

/** The one line of the gateway, with the kind in the person's language: `[image] foto.png` is "Foto foto.png". */
export const lineOf = (kind: string, summary: string | null): string => {
  const word = kindWord(kind)
  if (summary === null) return word ?? ""
  return word === undefined ? summary : summary.replace(/^\[[^\]]*\]/, word)
}

const statuses: Readonly<Record<string, TextKey>> = {
  queued: "conversations.statusQueued",
  sent: "conversations.statusSent",
  delivered: "conversations.statusDelivered",
  read: "conversations.statusRead",
  played: "conversations.statusPlayed",
  failed: "conversations.notSent"
}

export const statusWord = (status: string): string => {
  const key = statuses[status]
  return key ? text(key) : status
}

const failures: Readonly<Record<string, TextKey>> = {
  expired: "conversations.failedExpired",
  not_sent: "conversations.failedNotSent",
  device_removed: "conversations.failedRemoved"
}

/** Why a message was not sent; undefined for one that was. */
export const failureText = ({ failure }: Pick<ChatMessage, "failure">): string | undefined =>
  failure === null ? undefined : text(failures[failure.code] ?? "conversations.failedWhy", failure)
