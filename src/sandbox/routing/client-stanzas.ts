/**
 * What to do with each kind of stanza that a logged-in client sends, iqs aside. The ack of a message goes out before
 * anything that the message causes: recipients take it up only after this turn.
 */
import type { BinaryNode } from "@whiskeysockets/baileys"
import type { Connection } from "../wire/connection.ts"
import type { Delivery } from "./delivery.ts"
import type { CallRouter } from "./calls.ts"
import type { MessageRouter } from "./messages.ts"
import type { PresenceRouter } from "./presence.ts"
import type { ReceiptRouter } from "./receipts.ts"
import { element, unixSeconds } from "../wire/stanza.ts"
import type { Device } from "../state/accounts.ts"

/** Who deals with each kind of stanza. */
export interface ClientStanzaParts {
  readonly messages: MessageRouter
  readonly receipts: ReceiptRouter
  readonly presence: PresenceRouter
  readonly calls: CallRouter
  readonly delivery: Delivery
  readonly log: (line: string) => void
}

/** Takes one stanza of a client. */
export function takeClientStanza(
  parts: ClientStanzaParts,
  connection: Connection,
  device: Device,
  stanza: BinaryNode
): void {
  const { tag, attrs, content } = stanza
  switch (tag) {
    case "message":
      connection.push(ack(stanza, parts.messages.submit(device, stanza)))
      break
    case "receipt":
      parts.receipts.submit(device, stanza)
      connection.push(ack(stanza))
      break
    case "call":
      parts.calls.take(stanza)
      connection.push(ack(stanza))
      break
    case "ack": {
      const { id = "", class: acknowledged = "", to, type, participant } = attrs
      parts.delivery.acknowledge(device, { tag: acknowledged, id, from: to, type, participant })
      break
    }
    case "presence":
      parts.presence.take(connection, device, stanza)
      break
    case "chatstate":
      parts.presence.type(device, attrs["to"] ?? "", content)
      break
    case "ib":
      // Telemetry and batch sizes: there is nothing to answer.
      break
    default:
      parts.log(`sandbox: a client sent <${tag}>, which nobody here understands`)
  }
}

function ack({ tag, attrs: { id, to, type } }: BinaryNode, error?: string): BinaryNode {
  const kind = tag === "message" ? undefined : type
  return element("ack", { class: tag, id, from: to, type: kind, t: unixSeconds(), error })
}
