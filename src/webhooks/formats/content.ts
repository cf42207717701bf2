/** The words of WhatsApp Web, which clients of other gateways know, for what a message says and who says it. Pure. */
import { type IncomingContent, isOutgoingFile, type OutgoingContent } from "../../events/content.ts"

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
const names: Readonly<Partial<Record<Content["kind"], string>>> = {
  text: "chat",
  poll: "poll_creation",
  event: "event_creation",
  groupInvite: "groups_v4_invite",
  choice: "list_response",
  call: "call_log",
  notice: "notification",
  unavailable: "ciphertext",
  sealed: "ciphertext"
}

export const typeOf = (content: Content): string => {
  if (content.kind === "audio") return content.voiceNote ? "ptt" : "audio"
  if (content.kind === "contacts") return content.contacts.length === 1 ? "vcard" : "multi_vcard"
  return names[content.kind] ?? content.kind
}

/** The text, the caption, or the title; empty if there is none. */
export const bodyOf = (content: Content): string => {
  switch (content.kind) {
    case "text":
      return content.text
    case "document":
    case "image":
    case "video":
    case "audio":
    case "sticker":
      return content.caption ?? ""
    case "poll":
    case "event":
      return content.name
    case "location":
      return content.text ?? content.name ?? ""
    case "interactive":
    case "choice":
    case "product":
      return content.text ?? ""
    default:
      return ""
  }
}

export interface FileOfContent {
  readonly mimetype: string
  readonly filename: string | null
  readonly bytes: number | null
}

/** What is known of the content's file; undefined if it is no file. */
export const fileOf = (content: Content): FileOfContent | undefined => {
  if (isOutgoingFile(content)) {
    const { mimetype, bytes } = content.media
    return { mimetype, bytes, filename: content.filename ?? null }
  }
  if (!("remote" in content)) return undefined
  const { mimetype, bytes, filename = null } = content
  return { mimetype: mimetype ?? "application/octet-stream", bytes, filename }
}

/** Where a client of this gateway gets the file of a message. */
export const fileUrl = (messageId: string): string => `/v1/messages/${encodeURIComponent(messageId)}/media`
