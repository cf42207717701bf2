/**
 * Dispatches the stanzas of a logged-in client by their tag, iqs aside. The ack of a message goes out before every
 * stanza that the message causes, because recipients read the message only after this turn of the event loop.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Device } from "../state/device.ts"
import type { Connection } from "../wire/connection.ts"
import { child, element, unixSeconds } from "../wire/stanza.ts"
import type { CallRouter } from "./calls.ts"
import type { ChannelPosts } from "./channel-posts.ts"
import type { Delivery } from "./delivery.ts"
import type { MessageRouter } from "./messages.ts"
import type { PresenceRouter } from "./presence.ts"
import type { ReceiptRouter } from "./receipts.ts"

/** The handlers of each kind of stanza. */
export interface ClientStanzaParts {
  readonly messages: MessageRouter
  readonly channelPosts: ChannelPosts
  readonly receipts: ReceiptRouter
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly delivery: Delivery
  readonly log: (line: string) => void
}

/** Handles one stanza of a client. */
export function handleClientStanza(
  parts: ClientStanzaParts,
  connection: Connection,
  device: Device,
  stanza: BinaryNode
): void {
  const { tag, attrs, content } = stanza
  switch (tag) {
    case "message": {
      const error = parts.messages.submit(device, stanza)
      const phash = error === undefined ? parts.messages.outdatedList(device, stanza) : undefined
      const server_id = error === undefined ? parts.channelPosts.serverId(stanza) : undefined
      connection.push(ack(stanza, { error, phash, server_id, refresh_lid: parts.messages.staleLid(stanza) }))
      break
    }
    case "receipt":
      parts.receipts.submit(device, stanza)
      connection.push(ack(stanza))
      break
    case "call":
      connection.push(ack(stanza, {}, parts.calls.handle(device, stanza)))
      break
    case "ack": {
      const { id = "", class: acknowledged = "", to, type, participant, error } = attrs
      const isRefusal = error !== undefined
      parts.delivery.acknowledge(device, { tag: acknowledged, id, from: to, type, participant, isRefusal })
      break
    }
    case "presence":
      parts.presence.handle(connection, device, stanza)
      break
    case "chatstate":
      parts.presence.type(device, attrs["to"] ?? "", content)
      break
    case "ib":
      connection.backlog?.give(Number(child(stanza, "offline_batch")?.attrs["count"] ?? 0))
      break
    default:
      parts.log(`sandbox: a client sent <${tag}>, which this network does not understand; it is ignored`)
  }
}

function ack(
  { tag, attrs: { id, to, type } }: BinaryNode,
  more: Record<string, string | undefined> = {},
  content?: BinaryNode[]
): BinaryNode {
  const kind = tag === "message" ? undefined : type
  return element("ack", { class: tag, id, from: to, type: kind, t: unixSeconds(), ...more }, content)
}
