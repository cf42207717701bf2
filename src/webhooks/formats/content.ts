/** The words of WhatsApp Web, which clients of other gateways know, for what a message says and who says it. Pure. */
import type { IncomingContent, OutgoingContent } from "../../events/content.ts"

export type Content = OutgoingContent | IncomingContent

/** A jid as WhatsApp Web shows it: without the device, and people of a number at `c.us`. */
export const webJid = (jid: string): string => {
  const [user = "", server = ""] = jid.split("@")
  const account = user.replace(/:\d+$/, "")
  return `${account}@${server === "s.whatsapp.net" || server === "hosted" ? "c.us" : server.replace("hosted.", "")}`
}

const PERSON = /@(s\.whatsapp\.net|c\.us|hosted)$/

/** Of two names of the same person, the one with the telephone number. */
export const numbered = (jid: string, other: string | null): string =>
  !PERSON.test(jid) && other !== null && PERSON.test(other) ? other : jid

/** The telephone number in a jid; null if it has none. */
export const numberOf = (jid: string): string | null => (PERSON.test(jid) ? (/^\d+/.exec(jid)?.[0] ?? null) : null)

/** Kinds whose name here is not WhatsApp Web's. */
const names: Readonly<Record<string, string>> = {
  text: "chat",
  contacts: "multi_vcard",
  poll: "poll_creation",
  event: "event_creation",
  groupInvite: "groups_v4_invite",
  interactive: "interactive",
  choice: "list_response",
  unavailable: "ciphertext",
  sealed: "ciphertext"
}

export const typeOf = (content: Content): string => {
  if (content.kind === "audio") return "voiceNote" in content && content.voiceNote ? "ptt" : "audio"
  return names[content.kind] ?? content.kind
}

/** The text, or the caption; empty if there is none. */
export const bodyOf = (content: Content): string => {
  if ("text" in content && typeof content.text === "string") return content.text
  return "caption" in content && typeof content.caption === "string" ? content.caption : ""
}
