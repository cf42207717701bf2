/** The Multi-Session API's format: one body for each message that a device received from others. */
import type { AnyEvent } from "../../events/catalog.ts"
import { bodyOf, fileOf, fileUrl, numbered, numberOf, typeOf, webJid } from "./content.ts"
import type { Format } from "./format.ts"

export const multiSession: Format = {
  name: "multi-session",
  types: ["message.received", "message.resent"],
  isOfOwner: true,
  needs: (event) => (isMessage(event) && !event.data.fromMe && fileOf(event.data.content) ? "file" : undefined),
  sample: (at) =>
    JSON.stringify({
      id: "test",
      sessionId: "test",
      from: "0@c.us",
      body: "webhook test",
      type: "chat",
      timestamp: Math.floor(Date.parse(at) / 1_000),
      contact: { name: "Bitácora", number: "0" }
    }),
  bodies: ({ read, device, file }) => {
    if (read === null || !isMessage(read) || read.data.fromMe || device === null) return []
    // Its content comes later, or only the phone has it.
    if (read.data.content.kind === "unavailable") return []
    const { messageId, chat, chatAlt, sender, senderAlt, pushName, sentAt, content } = read.data
    const writer = numbered(sender, senderAlt)
    const described = fileOf(content)
    const media = described && {
      mimetype: described.mimetype,
      ...(file === null ? { url: fileUrl(messageId) } : { data: file.base64 }),
      filename: described.filename
    }
    const body = {
      id: messageId,
      sessionId: device.sessionId,
      from: webJid(numbered(chat, chatAlt)),
      body: bodyOf(content),
      type: typeOf(content),
      timestamp: Math.floor(sentAt / 1_000),
      contact: { name: pushName, number: numberOf(writer) ?? webJid(writer) },
      ...(media === undefined ? {} : { media })
    }
    return [JSON.stringify(body)]
  }
}

type Said = Extract<AnyEvent, { type: "message.received" | "message.resent" }>

const isMessage = (event: AnyEvent): event is Said =>
  event.type === "message.received" || event.type === "message.resent"
