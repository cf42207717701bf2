/** The words of WhatsApp Web, which clients of other gateways know, for what a message says and who says it. Pure. */
import type { IncomingContent, OutgoingContent } from "../../events/message.ts"

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

/** By the protobuf field of a kind that the gateway does not translate. */
const namesOfOther: Readonly<Record<string, string>> = {
  locationMessage: "location",
  liveLocationMessage: "location",
  contactMessage: "vcard",
  contactsArrayMessage: "multi_vcard",
  pollCreationMessage: "poll_creation",
  pollCreationMessageV2: "poll_creation",
  pollCreationMessageV3: "poll_creation",
  groupInviteMessage: "groups_v4_invite",
  orderMessage: "order",
  productMessage: "product"
}

export const typeOf = (content: Content): string => {
  if (content.kind === "audio") return "voiceNote" in content && content.voiceNote ? "ptt" : "audio"
  if ("name" in content && content.kind === "other") return namesOfOther[content.name] ?? "unknown"
  return names[content.kind] ?? content.kind
}

/** The text, or the caption; empty if there is none. */
export const bodyOf = (content: Content): string => {
  if ("text" in content && typeof content.text === "string") return content.text
  return "caption" in content && typeof content.caption === "string" ? content.caption : ""
}

export interface FileOfContent {
  readonly mimetype: string
  readonly filename: string | null
  readonly bytes: number | null
}

/** What is known of the content's file; undefined if it has none. */
export const fileOf = (content: Content): FileOfContent | undefined => {
  const filename = "filename" in content ? (content.filename ?? null) : null
  if ("media" in content) return { mimetype: content.media.mimetype, bytes: content.media.bytes, filename }
  if (!("remote" in content)) return undefined
  return { mimetype: content.mimetype ?? "application/octet-stream", bytes: content.bytes ?? null, filename }
}

/** Where a client of this gateway gets the file of a message. */
export const fileUrl = (messageId: string): string => `/v1/messages/${encodeURIComponent(messageId)}/media`
